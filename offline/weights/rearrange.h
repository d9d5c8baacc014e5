// Adapters that move weights: some rows of a tensor, its rows in another order, its transpose.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <vector>

#include "offline/weights/weight_source.h"

namespace nibble::offline {

/// Rows [first_row, first_row + row_count): one matrix of several that a publisher fused into one.
/// Codes and scales pass through. Throws std::out_of_range for rows that the source does not have.
Weights slice_rows(Weights source, uint32_t first_row, uint32_t row_count);

/// Row i of the result is row `rows[i]` of the source: a permutation, or a selection.
/// Codes and scales pass through. Throws std::out_of_range for rows that the source does not have.
Weights pick_rows(Weights source, std::vector<uint32_t> rows);

/// The rows of all sources, one source after the other. Codes and scales pass through where all
/// sources have them in one scheme. @pre at least one source, all of the same width
Weights stack_rows(std::vector<Weights> sources);

/// Columns become rows: GPT-2 stores a matrix as [inputs, outputs]. Reading any rows reads the
/// whole source once, by blocks: a reader should ask for many rows at a time. The memory this takes
/// does not grow with the source, beyond one of its rows. The transpose of a transpose is the
/// source itself, codes and scales included.
Weights transpose(Weights source);

/// For pick_rows(): the rows of heads whose rotary pairs are (2i, 2i + 1), as Meta and GGUF store
/// queries and keys, put in the order in which pairs are (i, head_dim / 2 + i), which is Hugging
/// Face's and the runtime's. @pre head_dim is even
std::vector<uint32_t> halves_from_interleaved(uint32_t heads, uint32_t head_dim);
/// The inverse of halves_from_interleaved().
std::vector<uint32_t> interleaved_from_halves(uint32_t heads, uint32_t head_dim);

}  // namespace nibble::offline
