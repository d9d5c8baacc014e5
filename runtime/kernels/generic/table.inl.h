// Every algorithm over the vocabulary of the namespace this is included in, and the table of them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/activation.inl.h"
#include "runtime/kernels/generic/attention.inl.h"
#include "runtime/kernels/generic/cache.inl.h"
#include "runtime/kernels/generic/elementwise.inl.h"
#include "runtime/kernels/generic/embed.inl.h"
#include "runtime/kernels/generic/matmul.inl.h"
#include "runtime/kernels/generic/normalize.inl.h"
#include "runtime/kernels/generic/quantize.inl.h"
#include "runtime/kernels/generic/rotary.inl.h"

extern const Kernels kTable;
const Kernels kTable = {
    .name = kName,
    .required_features = kRequiredFeatures,
    .embed = embed,
    .rms_norm = rms_norm,
    .layer_norm = layer_norm,
    .quantize = quantize,
    .matmul = matmul,
    .rotary_table = rotary_table,
    .rotate = rotate,
    .append_kv = append_kv,
    .attend = attend,
    .gated_activation = gated_activation,
    .add = add,
    .exponentiate = exponentiate,
};
