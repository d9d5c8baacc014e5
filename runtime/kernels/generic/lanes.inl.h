// What differs between vectors of eight lanes and longer ones: how they are made.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

/// Algorithms that gain from longer vectors are written over such a struct. It has no arithmetic: a
/// set with longer vectors overloads the vector operations for them.
struct Lanes8 {
  static constexpr uint32_t kCount = 8;
  using Vector = F32x8;

  static F32x8 load(const float* from) { return f32_load(from); }
  static F32x8 load(const uint16_t* halves) { return f32_load_f16(halves); }
  static F32x8 load(const int8_t* codes) { return f32_load_i8(codes); }
  static auto splat(float value) { return f32_splat(value); }

  static I32x8 load_integers(const int32_t* from) { return i32_load(from); }
  static I32x8 load_integers(const uint8_t* from) { return i32_load_u8(from); }
  static auto splat_integer(int32_t value) { return i32_splat(value); }
};
