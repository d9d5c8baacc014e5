// The vocabulary on RISC-V Vector 1.0: eight lanes in two registers, of however many bits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// Included inside namespace nibble::<set>; scalar/vec.h defines what each operation means.
// Two registers of 128 bits, the least there is, hold eight singles; longer ones are used in part.
// So one binary serves every register length, with the same lanes. Rounding is the mode in fcsr,
// which is to nearest even wherever C++ runs.
using F32x8 = vfloat32m2_t;
using I32x8 = vint32m2_t;

inline constexpr size_t kLanes = 8;

inline vuint32m2_t bits_of(F32x8 a) {
  return __riscv_vreinterpret_v_f32m2_u32m2(a);
}
inline F32x8 f32_of_bits(vuint32m2_t bits) {
  return __riscv_vreinterpret_v_u32m2_f32m2(bits);
}

inline F32x8 f32_load(const float* from) {
  return __riscv_vle32_v_f32m2(from, kLanes);
}
inline void f32_store(float* to, F32x8 a) {
  __riscv_vse32_v_f32m2(to, a, kLanes);
}
/// In integer steps, since V alone knows no halves; generic/half.inl.h explains them.
inline F32x8 f32_load_f16(const uint16_t* from) {
  const vint16m1_t halves = __riscv_vle16_v_i16m1(reinterpret_cast<const int16_t*>(from), kLanes);
  // A signed product by 2^13 is a shift that leaves the sign in bit 31, and copies of it below.
  const vint32m2_t shifted = __riscv_vwmul_vx_i32m2(halves, 1 << 13, kLanes);
  const vuint32m2_t small =
      __riscv_vand_vx_u32m2(__riscv_vreinterpret_v_i32m2_u32m2(shifted), 0x8FFFE000u, kLanes);
  const vuint32m2_t bits = bits_of(__riscv_vfmul_vf_f32m2(f32_of_bits(small), 0x1p112f, kLanes));
  // Infinity and NaN have come out as 65536 and more: all exponent bits on makes them what they
  // are.
  const vuint32m2_t magnitude = __riscv_vand_vx_u32m2(bits, 0x7FFFFFFFu, kLanes);
  const vbool16_t special = __riscv_vmsgtu_vx_u32m2_b16(magnitude, 0x477FFFFFu, kLanes);
  return f32_of_bits(__riscv_vor_vx_u32m2_mu(special, bits, bits, 0x7F800000u, kLanes));
}
inline vuint32m2_t half_of_normal(vuint32m2_t magnitude) {
  const vuint32m2_t odd =
      __riscv_vand_vx_u32m2(__riscv_vsrl_vx_u32m2(magnitude, 13, kLanes), 1, kLanes);
  const vuint32m2_t rebiased = __riscv_vsub_vx_u32m2(magnitude, 0x38000000u - 0xFFFu, kLanes);
  return __riscv_vsrl_vx_u32m2(__riscv_vadd_vv_u32m2(rebiased, odd, kLanes), 13, kLanes);
}
inline vuint32m2_t half_of_subnormal(vuint32m2_t magnitude) {
  const F32x8 shifted = __riscv_vfadd_vf_f32m2(f32_of_bits(magnitude), 0.5f, kLanes);
  return __riscv_vsub_vx_u32m2(bits_of(shifted), 0x3F000000u, kLanes);
}
inline vuint32m2_t half_of_nan(vuint32m2_t magnitude) {
  const vuint32m2_t payload =
      __riscv_vand_vx_u32m2(__riscv_vsrl_vx_u32m2(magnitude, 13, kLanes), 0x3FF, kLanes);
  return __riscv_vor_vx_u32m2(payload, 0x7E00, kLanes);
}
inline void f32_store_f16(uint16_t* to, F32x8 a) {
  const vuint32m2_t magnitude = __riscv_vand_vx_u32m2(bits_of(a), 0x7FFFFFFFu, kLanes);
  const vuint32m2_t sign =
      __riscv_vand_vx_u32m2(__riscv_vsrl_vx_u32m2(bits_of(a), 16, kLanes), 0x8000, kLanes);
  const vbool16_t subnormal = __riscv_vmsltu_vx_u32m2_b16(magnitude, 0x38800000u, kLanes);
  const vbool16_t infinite = __riscv_vmsgtu_vx_u32m2_b16(magnitude, 0x477FEFFFu, kLanes);
  const vbool16_t nan = __riscv_vmsgtu_vx_u32m2_b16(magnitude, 0x7F800000u, kLanes);
  vuint32m2_t half = __riscv_vmerge_vvm_u32m2(half_of_normal(magnitude),
                                              half_of_subnormal(magnitude), subnormal, kLanes);
  half = __riscv_vmerge_vxm_u32m2(half, 0x7C00, infinite, kLanes);
  half = __riscv_vmerge_vvm_u32m2(half, half_of_nan(magnitude), nan, kLanes);
  half = __riscv_vor_vv_u32m2(half, sign, kLanes);
  __riscv_vse16_v_u16m1(to, __riscv_vncvt_x_x_w_u16m1(half, kLanes), kLanes);
}
inline F32x8 f32_load_i8(const int8_t* from) {
  const vint8mf2_t bytes = __riscv_vle8_v_i8mf2(from, kLanes);
  return __riscv_vfwcvt_f_x_v_f32m2(__riscv_vsext_vf2_i16m1(bytes, kLanes), kLanes);
}
inline I32x8 i32_load(const int32_t* from) {
  return __riscv_vle32_v_i32m2(from, kLanes);
}
inline void i32_store(int32_t* to, I32x8 a) {
  __riscv_vse32_v_i32m2(to, a, kLanes);
}
inline I32x8 i32_load_u8(const uint8_t* from) {
  const vuint8mf2_t bytes = __riscv_vle8_v_u8mf2(from, kLanes);
  return __riscv_vreinterpret_v_u32m2_i32m2(__riscv_vzext_vf4_u32m2(bytes, kLanes));
}
inline void i32_store_i8(int8_t* to, I32x8 a) {
  const vint16m1_t narrower = __riscv_vncvt_x_x_w_i16m1(a, kLanes);
  __riscv_vse8_v_i8mf2(to, __riscv_vncvt_x_x_w_i8mf2(narrower, kLanes), kLanes);
}
inline void i8_unpack_nibbles(int8_t* codes, const uint8_t* pairs, uint8_t zero) {
  constexpr size_t kBytes = 16;
  const vuint8m1_t both = __riscv_vle8_v_u8m1(pairs, kBytes);
  const vuint8m1_t low = __riscv_vsub_vx_u8m1(__riscv_vand_vx_u8m1(both, 15, kBytes), zero, kBytes);
  const vuint8m1_t high = __riscv_vsub_vx_u8m1(__riscv_vsrl_vx_u8m1(both, 4, kBytes), zero, kBytes);
  __riscv_vse8_v_i8m1(codes, __riscv_vreinterpret_v_u8m1_i8m1(low), kBytes);
  __riscv_vse8_v_i8m1(codes + kBytes, __riscv_vreinterpret_v_u8m1_i8m1(high), kBytes);
}

// A splat stays a scalar until something needs it in a register: most instructions take one as it
// is, and vector registers are few. One that does become a register is made where it is used, by
// force: hoisted out of a loop it would be spilled, to a frame that grows with the registers.
struct F32Splat {
  float value;
  operator F32x8() const {
    float here = value;
    __asm__ volatile("" : "+f"(here));
    return __riscv_vfmv_v_f_f32m2(here, kLanes);
  }
};
struct I32Splat {
  int32_t value;
  operator I32x8() const {
    int32_t here = value;
    __asm__ volatile("" : "+r"(here));
    return __riscv_vmv_v_x_i32m2(here, kLanes);
  }
};

inline F32Splat f32_splat(float value) {
  return {value};
}
inline F32x8 f32_add(F32x8 a, F32x8 b) {
  return __riscv_vfadd_vv_f32m2(a, b, kLanes);
}
inline F32x8 f32_add(F32x8 a, F32Splat b) {
  return __riscv_vfadd_vf_f32m2(a, b.value, kLanes);
}
inline F32x8 f32_add(F32Splat a, F32x8 b) {
  return f32_add(b, a);
}
inline F32x8 f32_sub(F32x8 a, F32x8 b) {
  return __riscv_vfsub_vv_f32m2(a, b, kLanes);
}
inline F32x8 f32_sub(F32x8 a, F32Splat b) {
  return __riscv_vfsub_vf_f32m2(a, b.value, kLanes);
}
inline F32x8 f32_sub(F32Splat a, F32x8 b) {
  return __riscv_vfrsub_vf_f32m2(b, a.value, kLanes);
}
inline F32x8 f32_mul(F32x8 a, F32x8 b) {
  return __riscv_vfmul_vv_f32m2(a, b, kLanes);
}
inline F32x8 f32_mul(F32x8 a, F32Splat b) {
  return __riscv_vfmul_vf_f32m2(a, b.value, kLanes);
}
inline F32x8 f32_mul(F32Splat a, F32x8 b) {
  return f32_mul(b, a);
}
inline F32x8 f32_div(F32x8 a, F32x8 b) {
  return __riscv_vfdiv_vv_f32m2(a, b, kLanes);
}
inline F32x8 f32_div(F32x8 a, F32Splat b) {
  return __riscv_vfdiv_vf_f32m2(a, b.value, kLanes);
}
/// Not vfmax: that prefers the number where one is NaN.
inline F32x8 f32_max(F32x8 a, F32x8 b) {
  return __riscv_vmerge_vvm_f32m2(b, a, __riscv_vmfgt_vv_f32m2_b16(a, b, kLanes), kLanes);
}
/// Not (a < b ? b : a): NaN has to give b.
inline F32x8 f32_max(F32x8 a, F32Splat b) {
  const vbool16_t not_greater =
      __riscv_vmnot_m_b16(__riscv_vmfgt_vf_f32m2_b16(a, b.value, kLanes), kLanes);
  return __riscv_vfmerge_vfm_f32m2(a, b.value, not_greater, kLanes);
}
inline F32x8 f32_min(F32x8 a, F32x8 b) {
  return __riscv_vmerge_vvm_f32m2(b, a, __riscv_vmflt_vv_f32m2_b16(a, b, kLanes), kLanes);
}
inline F32x8 f32_min(F32x8 a, F32Splat b) {
  const vbool16_t not_less =
      __riscv_vmnot_m_b16(__riscv_vmflt_vf_f32m2_b16(a, b.value, kLanes), kLanes);
  return __riscv_vfmerge_vfm_f32m2(a, b.value, not_less, kLanes);
}
inline F32x8 f32_abs(F32x8 a) {
  return __riscv_vfabs_v_f32m2(a, kLanes);
}
inline F32x8 f32_where_greater(F32x8 a, F32x8 b, F32x8 value) {
  const vbool16_t greater = __riscv_vmfgt_vv_f32m2_b16(a, b, kLanes);
  return __riscv_vmerge_vvm_f32m2(f32_splat(0.0f), value, greater, kLanes);
}
inline F32x8 f32_where_greater(F32x8 a, F32Splat b, F32x8 value) {
  const vbool16_t greater = __riscv_vmfgt_vf_f32m2_b16(a, b.value, kLanes);
  return __riscv_vmerge_vvm_f32m2(f32_splat(0.0f), value, greater, kLanes);
}
inline F32x8 f32_scale(F32x8 x, I32x8 n) {
  const vuint32m2_t exponent =
      __riscv_vreinterpret_v_i32m2_u32m2(__riscv_vsll_vx_i32m2(n, 23, kLanes));
  return f32_of_bits(__riscv_vadd_vv_u32m2(bits_of(x), exponent, kLanes));
}

inline I32Splat i32_splat(int32_t value) {
  return {value};
}
inline I32x8 i32_add(I32x8 a, I32x8 b) {
  return __riscv_vadd_vv_i32m2(a, b, kLanes);
}
inline I32x8 i32_sub(I32x8 a, I32x8 b) {
  return __riscv_vsub_vv_i32m2(a, b, kLanes);
}
inline I32x8 i32_sub(I32x8 a, I32Splat b) {
  return __riscv_vsub_vx_i32m2(a, b.value, kLanes);
}
inline I32x8 i32_mul(I32x8 a, I32x8 b) {
  return __riscv_vmul_vv_i32m2(a, b, kLanes);
}
inline I32x8 i32_mul(I32x8 a, I32Splat b) {
  return __riscv_vmul_vx_i32m2(a, b.value, kLanes);
}

inline F32x8 f32_from_i32(I32x8 a) {
  return __riscv_vfcvt_f_x_v_f32m2(a, kLanes);
}
inline I32x8 i32_round(F32x8 a) {
  return __riscv_vfcvt_x_f_v_i32m2(a, kLanes);
}

/// Never vfredusum, whose order is the machine's.
inline float f32_sum(F32x8 a) {
  const F32x8 four = __riscv_vfadd_vv_f32m2(a, __riscv_vslidedown_vx_f32m2(a, 4, 4), 4);
  const F32x8 two = __riscv_vfadd_vv_f32m2(four, __riscv_vslidedown_vx_f32m2(four, 2, 2), 2);
  const F32x8 one = __riscv_vfadd_vv_f32m2(two, __riscv_vslidedown_vx_f32m2(two, 1, 1), 1);
  return __riscv_vfmv_f_s_f32m2_f32(one);
}
inline int32_t i32_sum(I32x8 a) {
  const vint32m1_t zero = __riscv_vmv_s_x_i32m1(0, 1);
  return __riscv_vmv_x_s_i32m1_i32(__riscv_vredsum_vs_i32m2_i32m1(a, zero, kLanes));
}
inline F32x8 f32_hadamard(F32x8 a) {
  for (uint32_t distance = 1; distance < kLanes; distance *= 2) {
    const vuint32m2_t lane = __riscv_vid_v_u32m2(kLanes);
    const vuint32m2_t partner = __riscv_vxor_vx_u32m2(lane, distance, kLanes);
    const vuint32m2_t bit = __riscv_vand_vx_u32m2(lane, distance, kLanes);
    const F32x8 other = __riscv_vrgather_vv_f32m2(a, partner, kLanes);
    const vbool16_t has_bit = __riscv_vmsne_vx_u32m2_b16(bit, 0, kLanes);
    a = __riscv_vfadd_vv_f32m2(other, __riscv_vfneg_v_f32m2_mu(has_bit, a, a, kLanes), kLanes);
  }
  return a;
}
inline float f32_peak(F32x8 a) {
  const vfloat32m1_t first = __riscv_vget_v_f32m2_f32m1(a, 0);
  return __riscv_vfmv_f_s_f32m1_f32(__riscv_vfredmax_vs_f32m2_f32m1(a, first, kLanes));
}
