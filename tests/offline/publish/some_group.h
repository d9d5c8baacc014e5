// Comparable cells of three variants whose ratios are round numbers.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/measure/cell_groups.h"

namespace nibble::test {

/// A cell of a model that is called `model`.
offline::ResultCell some_cell(const std::string& model, const std::string& variant,
                              uint32_t batch_size);

/// f16, int8 and int4 with batch 1 and 4. Against f16, int8 takes half the memory and is twice as
/// fast, int4 a quarter and four times.
offline::CellGroup some_group();

}  // namespace nibble::test
