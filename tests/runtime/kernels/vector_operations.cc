// The vector operations of one kernel set: compiled once per set, with its flags and headers.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/runtime/kernels/vector_operations.h"

#include "runtime/format/layout.h"

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#elif defined(__riscv_vector)
#include <riscv_vector.h>
#endif

// The build defines NIBBLE_SET_NAME (avx2, …), NIBBLE_VEC ("runtime/kernels/avx2/vec.h") and
// NIBBLE_DOT ("runtime/kernels/avx2/dot.h").
namespace nibble::NIBBLE_SET_NAME {

#include NIBBLE_VEC
#include NIBBLE_DOT

using kernel_test::VecInput;
using kernel_test::VecOutput;
using kernel_test::VectorOperation;

#define FLOATS(operation, expression) \
  {#operation, [](const VecInput& in, VecOutput& out) { f32_store(out.floats, expression); }}
#define INTEGERS(operation, expression) \
  {#operation, [](const VecInput& in, VecOutput& out) { i32_store(out.integers, expression); }}

/// Eight lanes, again in the lanes behind them.
template <class T>
struct Twice {
  explicit Twice(const T (&eight)[8]) {
    for (int i = 0; i < 16; ++i) lanes[i] = eight[i % 8];
  }
  T lanes[16];
};
template <class T>
auto wide(const T (&eight)[8]) {
  return WideLanes::load(Twice<T>(eight).lanes);
}
/// Of the longest vectors, lanes from both ends.
void store_wide(VecOutput& out, WideLanes::Vector a) {
  float lanes[WideLanes::kCount];
  f32_store(lanes, a);
  for (uint32_t i = 0; i < 8; ++i)
    out.floats[i] = lanes[i % 2 == 0 ? i : WideLanes::kCount - 8 + i];
}
#define WIDE(operation, expression) \
  {"wide " #operation, [](const VecInput& in, VecOutput& out) { store_wide(out, expression); }}

const VectorOperation kOperations[] = {
    FLOATS(f32_load, f32_load(in.a)),
    FLOATS(f32_load_f16, f32_load_f16(in.half)),
    {"f32_store_f16",
     [](const VecInput& in, VecOutput& out) { f32_store_f16(out.halves, f32_load(in.near_half)); }},
    FLOATS(f32_load_i8, f32_load_i8(in.i8)),
    INTEGERS(i32_load, i32_load(in.m)),
    INTEGERS(i32_load_u8, i32_load_u8(in.u8)),
    {"i32_store_i8",
     [](const VecInput& in, VecOutput& out) { i32_store_i8(out.bytes, i32_load(in.byte_range)); }},
    {"i8_unpack_nibbles",
     [](const VecInput& in, VecOutput& out) {
       uint8_t pairs[16];
       for (int i = 0; i < 16; ++i) pairs[i] = static_cast<uint8_t>(in.u8[i % 8] + i / 8 * 0x35);
       int8_t codes[32];
       i8_unpack_nibbles(codes, pairs, in.u8[7] % 16);
       for (int i = 0; i < 8; ++i) out.integers[i] = codes[i] + 256 * codes[8 + i];
       for (int i = 0; i < 8; ++i)
         out.bytes[i] = static_cast<int8_t>(codes[16 + i] ^ codes[24 + i]);
     }},
    FLOATS(f32_splat, f32_splat(in.a[3])),
    FLOATS(f32_add, f32_add(f32_load(in.a), f32_load(in.b))),
    FLOATS(f32_sub, f32_sub(f32_load(in.a), f32_load(in.b))),
    FLOATS(f32_mul, f32_mul(f32_load(in.a), f32_load(in.b))),
    FLOATS(f32_div, f32_div(f32_load(in.a), f32_load(in.b))),
    FLOATS(f32_max, f32_max(f32_load(in.a), f32_load(in.b))),
    FLOATS(f32_min, f32_min(f32_load(in.a), f32_load(in.b))),
    FLOATS(f32_abs, f32_abs(f32_load(in.a))),
    FLOATS(f32_hadamard, f32_hadamard(f32_load(in.normal))),
    FLOATS(f32_where_greater,
           f32_where_greater(f32_load(in.a), f32_load(in.b), f32_load(in.normal))),
    FLOATS(f32_scale, f32_scale(f32_load(in.normal), i32_load(in.exponent))),
    INTEGERS(i32_splat, i32_splat(in.m[3])),
    INTEGERS(i32_add, i32_add(i32_load(in.m), i32_load(in.n))),
    INTEGERS(i32_sub, i32_sub(i32_load(in.m), i32_load(in.n))),
    INTEGERS(i32_mul, i32_mul(i32_load(in.m), i32_load(in.n))),
    FLOATS(f32_from_i32, f32_from_i32(i32_load(in.m))),
    INTEGERS(i32_round, i32_round(f32_load(in.small))),
    // A splat may be a type of its own, with overloads of its own.
    FLOATS(f32_add of a splat, f32_add(f32_load(in.a), f32_splat(in.b[0]))),
    FLOATS(f32_add to a splat, f32_add(f32_splat(in.b[1]), f32_load(in.a))),
    FLOATS(f32_sub of a splat, f32_sub(f32_load(in.a), f32_splat(in.b[2]))),
    FLOATS(f32_sub from a splat, f32_sub(f32_splat(in.b[3]), f32_load(in.a))),
    FLOATS(f32_mul by a splat, f32_mul(f32_load(in.a), f32_splat(in.b[4]))),
    FLOATS(f32_mul of a splat, f32_mul(f32_splat(in.b[5]), f32_load(in.a))),
    FLOATS(f32_div by a splat, f32_div(f32_load(in.a), f32_splat(in.b[6]))),
    FLOATS(f32_max with a splat, f32_max(f32_load(in.a), f32_splat(in.b[7]))),
    FLOATS(f32_min with a splat, f32_min(f32_load(in.a), f32_splat(in.b[7]))),
    FLOATS(f32_where_greater than a splat,
           f32_where_greater(f32_load(in.a), f32_splat(in.b[0]), f32_load(in.normal))),
    INTEGERS(i32_sub of a splat, i32_sub(i32_load(in.m), i32_splat(in.n[1]))),
    INTEGERS(i32_mul by a splat, i32_mul(i32_load(in.m), i32_splat(in.n[2]))),
    WIDE(load, wide(in.a)),
    WIDE(load of halves, wide(in.half)),
    WIDE(load of codes, wide(in.i8)),
    WIDE(f32_add, f32_add(wide(in.a), wide(in.b))),
    WIDE(f32_sub of a splat, f32_sub(wide(in.a), WideLanes::splat(in.b[2]))),
    WIDE(f32_mul, f32_mul(wide(in.a), wide(in.b))),
    WIDE(f32_max, f32_max(wide(in.a), wide(in.b))),
    WIDE(f32_min, f32_min(wide(in.a), wide(in.b))),
    WIDE(f32_where_greater, f32_where_greater(wide(in.a), wide(in.b), wide(in.normal))),
    WIDE(f32_scale, f32_scale(wide(in.normal), i32_round(wide(in.exponent_as_float)))),
    WIDE(i32_round, f32_from_i32(i32_round(wide(in.small)))),
    {"f32_sum",
     [](const VecInput& in, VecOutput& out) { out.floats[0] = f32_sum(f32_load(in.normal)); }},
    {"i32_sum",
     [](const VecInput& in, VecOutput& out) { out.integers[0] = i32_sum(i32_load(in.m)); }},
    {"f32_peak",
     [](const VecInput& in, VecOutput& out) { out.floats[0] = f32_peak(f32_load(in.ordered)); }},
};

extern const kernel_test::VectorOperations kVectorOperations;
const kernel_test::VectorOperations kVectorOperations = {
    kOperations, sizeof(kOperations) / sizeof(kOperations[0])};

}  // namespace nibble::NIBBLE_SET_NAME
