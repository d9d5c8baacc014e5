// Merge ranks of pieces from a list of merges of pairs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// Two pieces that merge, as a file writes them: with U+2581 or Ġ.
struct Merge {
  std::string left, right;
};

/// Sets ranks, and left_bytes where a merge names one split of a piece.
///
/// Pairs have an order in the file, pieces in the runtime. The two agree if a piece has one merge,
/// which is what training makes, or all its splits into two Normal pieces, one after the other in
/// the list, as vocabularies converted from SentencePiece or tiktoken have it. (Runs of one
/// character may mix: SentencePiece gives runs of spaces one score.) Throws InputError for any
/// other list, and for parts that are no pieces.
///
/// Sets kPairMerges where a piece has one merge of several, and for every ByteLevelBpe.
/// @param merges      best first
/// @param written     the pieces as the file writes them
/// @param vocabulary  its kind, and its pieces' texts and types, are known
/// @param where       the list, for messages: an index follows it
void set_merge_ranks(const std::vector<Merge>& merges, const std::vector<std::string>& written,
                     Vocabulary& vocabulary, const std::string& where);

}  // namespace nibble::offline
