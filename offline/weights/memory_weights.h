// Weights held in memory: floats that replace a tensor's, or codes and scales that exist already.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <vector>

#include "offline/weights/weight_source.h"

namespace nibble::offline {

/// Floats, such as what a quantizer made of a tensor. @param values  [rows, columns]
/// Throws std::invalid_argument when `values` has another size.
Weights hold_floats(uint32_t rows, uint32_t columns, std::vector<float> values);

/// Elements of a vector in another order: element i of the result is element `order[i]`.
/// @pre the source has one row
Weights pick_elements(const Weights& vector, const std::vector<uint32_t>& order);

/// Codes and scales. read_stored() hands them over unchanged; read_rows() yields
/// scale · (code − zero point), rounded to float once.
/// Throws std::invalid_argument when codes, scales or zero points do not fit the matrix's shape.
Weights hold_quantized(QuantizedMatrix matrix);

}  // namespace nibble::offline
