// What each operation reads, writes and requires: the instruction set of a blob's program.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/format/blob.h"

namespace nibble::program {

// n: tokens of the batch; m: positions whose logits are wanted (the last m of the batch).
// Shapes are [rows, width]. Every buffer an op reads was written whole by an earlier op of the
// same pass and not overlapped since; outputs never overlap inputs unless the op works in place.
// A tile is the unit of work: tiles of one op are independent and may run in any order.
//
// clang-format off
// code      reads                          writes            tensors                arguments        tiles
// Embed     token ids                      f32 [n, width]    embedding (matrix)     –                n
// RmsNorm   f32 [r, k]                     f32|int8 [r, k]   gain f32[k]            epsilon bits     r
// Quantize  f32 [r, k]                     int8 [r, k]       –                      –                r
// MatMul    f32 [r, k] for F16 weights,    f32 [r, rows]     weights [rows, k],     –                blocks of 32 rows
//           int8 [r, k] of the weights'                      bias f32[rows] or none
//           group otherwise; Accumulate: output too
// Angles    positions                      f32 [n, d]        increments u64[d / 2]  –                n
// Rotate    angles f32 [n, d], output      in place          –                      heads, head dim  n
// StoreKv   keys, values f32 [n, kv·hd]    layer's cache     –                      –                n
// Attend    queries f32 [n, h·hd], cache   f32 [n, h·hd]     –                      scale bits       n · kv heads
// Gate      gate, up f32 [r, k]            f32|int8 [r, k]   –                      Activation       r
// Add       f32 [r, k], output             in place          –                      –                r
// Select    f32 [n, k]                     f32 [m, k]        –                      –                m
// clang-format on
//
// MatMul's rows may be the logits (buffer Logits: the last op's output, [m, vocabulary]).
// A float argument travels as its IEEE bits, since this folder is built without FP registers: a
// positive normal number, and an epsilon is at most 1. Heads and layers are those of the manifest;
// rotated pairs fit in a head. A layer's cache is written once in a pass, before it is read.

enum class Activation : uint32_t { Silu = 0 };

}  // namespace nibble::program
