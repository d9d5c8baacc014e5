// The vocabulary on NEON: eight lanes are two registers. ARMv8.0, shared by every AArch64 set.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// Included inside namespace nibble::<set>; scalar/vec.h defines what each operation means.
// Rounding, subnormals and the format of halves are FPCR's, which is 0 wherever C++ runs.
struct F32x8 {
  float32x4_t low, high;
};
struct I32x8 {
  int32x4_t low, high;
};

inline F32x8 f32_load(const float* from) {
  return {vld1q_f32(from), vld1q_f32(from + 4)};
}
inline void f32_store(float* to, F32x8 a) {
  vst1q_f32(to, a.low);
  vst1q_f32(to + 4, a.high);
}
inline F32x8 f32_load_f16(const uint16_t* from) {
  const float16x8_t halves = vreinterpretq_f16_u16(vld1q_u16(from));
  return {vcvt_f32_f16(vget_low_f16(halves)), vcvt_high_f32_f16(halves)};
}
inline void f32_store_f16(uint16_t* to, F32x8 a) {
  vst1q_u16(to, vreinterpretq_u16_f16(vcvt_high_f16_f32(vcvt_f16_f32(a.low), a.high)));
}
inline F32x8 f32_load_i8(const int8_t* from) {
  const int16x8_t wider = vmovl_s8(vld1_s8(from));
  return {vcvtq_f32_s32(vmovl_s16(vget_low_s16(wider))), vcvtq_f32_s32(vmovl_high_s16(wider))};
}
inline I32x8 i32_load(const int32_t* from) {
  return {vld1q_s32(from), vld1q_s32(from + 4)};
}
inline void i32_store(int32_t* to, I32x8 a) {
  vst1q_s32(to, a.low);
  vst1q_s32(to + 4, a.high);
}
inline I32x8 i32_load_u8(const uint8_t* from) {
  const uint16x8_t wider = vmovl_u8(vld1_u8(from));
  return {vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(wider))),
          vreinterpretq_s32_u32(vmovl_high_u16(wider))};
}
inline void i32_store_i8(int8_t* to, I32x8 a) {
  vst1_s8(to, vmovn_s16(vmovn_high_s32(vmovn_s32(a.low), a.high)));
}
inline void i8_unpack_nibbles(int8_t* codes, const uint8_t* pairs, uint8_t zero) {
  const uint8x16_t both = vld1q_u8(pairs);
  const uint8x16_t zeros = vdupq_n_u8(zero);
  vst1q_s8(codes, vreinterpretq_s8_u8(vsubq_u8(vandq_u8(both, vdupq_n_u8(15)), zeros)));
  vst1q_s8(codes + 16, vreinterpretq_s8_u8(vsubq_u8(vshrq_n_u8(both, 4), zeros)));
}

inline F32x8 f32_splat(float value) {
  const float32x4_t four = vdupq_n_f32(value);
  return {four, four};
}
inline F32x8 f32_add(F32x8 a, F32x8 b) {
  return {vaddq_f32(a.low, b.low), vaddq_f32(a.high, b.high)};
}
inline F32x8 f32_sub(F32x8 a, F32x8 b) {
  return {vsubq_f32(a.low, b.low), vsubq_f32(a.high, b.high)};
}
inline F32x8 f32_mul(F32x8 a, F32x8 b) {
  return {vmulq_f32(a.low, b.low), vmulq_f32(a.high, b.high)};
}
inline F32x8 f32_div(F32x8 a, F32x8 b) {
  return {vdivq_f32(a.low, b.low), vdivq_f32(a.high, b.high)};
}
// Compare and select: the CPU's own maximum gives NaN where either is NaN.
inline F32x8 f32_max(F32x8 a, F32x8 b) {
  return {vbslq_f32(vcgtq_f32(a.low, b.low), a.low, b.low),
          vbslq_f32(vcgtq_f32(a.high, b.high), a.high, b.high)};
}
inline F32x8 f32_min(F32x8 a, F32x8 b) {
  return {vbslq_f32(vcltq_f32(a.low, b.low), a.low, b.low),
          vbslq_f32(vcltq_f32(a.high, b.high), a.high, b.high)};
}
inline F32x8 f32_abs(F32x8 a) {
  return {vabsq_f32(a.low), vabsq_f32(a.high)};
}
inline float32x4_t select_bits(uint32x4_t mask, float32x4_t value) {
  return vreinterpretq_f32_u32(vandq_u32(mask, vreinterpretq_u32_f32(value)));
}
inline F32x8 f32_where_greater(F32x8 a, F32x8 b, F32x8 value) {
  return {select_bits(vcgtq_f32(a.low, b.low), value.low),
          select_bits(vcgtq_f32(a.high, b.high), value.high)};
}
inline float32x4_t add_exponent(float32x4_t x, int32x4_t n) {
  return vreinterpretq_f32_s32(vaddq_s32(vreinterpretq_s32_f32(x), vshlq_n_s32(n, 23)));
}
inline F32x8 f32_scale(F32x8 x, I32x8 n) {
  return {add_exponent(x.low, n.low), add_exponent(x.high, n.high)};
}

inline I32x8 i32_splat(int32_t value) {
  const int32x4_t four = vdupq_n_s32(value);
  return {four, four};
}
inline I32x8 i32_add(I32x8 a, I32x8 b) {
  return {vaddq_s32(a.low, b.low), vaddq_s32(a.high, b.high)};
}
inline I32x8 i32_sub(I32x8 a, I32x8 b) {
  return {vsubq_s32(a.low, b.low), vsubq_s32(a.high, b.high)};
}
inline I32x8 i32_mul(I32x8 a, I32x8 b) {
  return {vmulq_s32(a.low, b.low), vmulq_s32(a.high, b.high)};
}

inline F32x8 f32_from_i32(I32x8 a) {
  return {vcvtq_f32_s32(a.low), vcvtq_f32_s32(a.high)};
}
inline I32x8 i32_round(F32x8 a) {
  return {vcvtnq_s32_f32(a.low), vcvtnq_s32_f32(a.high)};
}

inline float f32_sum(F32x8 a) {
  const float32x4_t four = vaddq_f32(a.low, a.high);
  return vpadds_f32(vadd_f32(vget_low_f32(four), vget_high_f32(four)));
}
inline int32_t i32_sum(I32x8 a) {
  return vaddvq_s32(vaddq_s32(a.low, a.high));
}
/// other + a, with the sign of a changed where `signs` has it.
inline float32x4_t add_signed(float32x4_t other, float32x4_t a, uint32x4_t signs) {
  return vaddq_f32(other, vreinterpretq_f32_u32(veorq_u32(vreinterpretq_u32_f32(a), signs)));
}
inline float32x4_t hadamard_of_four(float32x4_t a) {
  const uint32x4_t odd = vreinterpretq_u32_u64(vdupq_n_u64(uint64_t{1} << 63));
  const uint32x4_t upper = vcombine_u32(vdup_n_u32(0), vdup_n_u32(0x80000000u));
  a = add_signed(vrev64q_f32(a), a, odd);
  return add_signed(vextq_f32(a, a, 2), a, upper);
}
inline F32x8 f32_hadamard(F32x8 a) {
  const float32x4_t low = hadamard_of_four(a.low);
  const float32x4_t high = hadamard_of_four(a.high);
  return {vaddq_f32(low, high), vsubq_f32(low, high)};
}
inline float f32_peak(F32x8 a) {
  return vmaxvq_f32(vmaxq_f32(a.low, a.high));
}
