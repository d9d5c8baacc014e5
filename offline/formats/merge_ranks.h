// Merge ranks of pieces from a list of merges of pairs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/files/json_value.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// Sets the ranks of normal pieces. Pairs have an order in the file, pieces in the runtime: the two
/// agree if each piece has all its splits into two normal pieces in the list, with those of no
/// other piece between them. (Runs of one character may mix: SentencePiece gives runs of spaces one
/// score.) Throws InputError for any other list, and for parts that are no pieces.
/// @param merges   "left right" or ["left", "right"], best first
/// @param written  the pieces as the file writes them: with U+2581
void set_merge_ranks(const JsonValue& merges, const std::vector<std::string>& written,
                     std::vector<Piece>& pieces);

}  // namespace nibble::offline
