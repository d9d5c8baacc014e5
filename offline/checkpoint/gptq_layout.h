// A quantized matrix in the words of a GPTQ checkpoint.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <vector>

#include "offline/quantize/quantized_matrix.h"

namespace nibble::offline {

/// How zero points are stored: minus one, or as they are. A zero point of 0 needs Gptq2, since
/// readers disagree about 0 − 1.
enum class GptqFormat { Gptq, Gptq2 };
/// As `checkpoint_format` names it: "gptq", "gptq_v2".
const char* gptq_format_name(GptqFormat format);

/// The tensors of one module (AutoGPTQ, nn_modules/qlinear). `in` is the matrix's columns, `out`
/// its rows; weight [o, i] = scales[g_idx[i], o] · (q[i, o] − z[g_idx[i], o]).
struct GptqModule {
  uint32_t bits = 4;  ///< per code and per zero point, lowest bits first
  uint32_t in = 0, out = 0, groups = 0;
  std::vector<uint32_t>
      qweight;  ///< [⌈in · bits / 32⌉, out]: word [r, o] holds inputs r · 32 / bits …
  std::vector<uint32_t> qzeros;  ///< [groups, ⌈out · bits / 32⌉]
  std::vector<uint16_t> scales;  ///< IEEE half [groups, out]
  std::vector<uint32_t> g_idx;   ///< [in]: i / group
};

/// @pre the scheme is one of integers
GptqModule gptq_module(const QuantizedMatrix& matrix, GptqFormat format);

}  // namespace nibble::offline
