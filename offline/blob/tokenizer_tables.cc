// Lays out section Tokenizer as format/blob.h describes it, hash slots included.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/tokenizer_tables.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <vector>

#include "offline/files/input_error.h"
#include "runtime/tokenizer/tables.h"

namespace nibble::offline {
namespace {

using Table = std::vector<uint32_t>;

/// @returns false when every slot that a lookup of this hash probes is taken
bool insert(Table& slots, const std::string& text, uint32_t token) {
  const uint32_t hash = piece_hash({text.data(), text.size()});
  for (uint32_t probe = 0; probe < format::kMaxProbes; ++probe) {
    uint32_t& slot = slots[(hash + probe) & (slots.size() - 1)];
    if (slot != format::kNoToken) continue;
    slot = token;
    return true;
  }
  return false;
}

std::optional<Table> try_slots(const Vocabulary& vocabulary, size_t slot_count) {
  Table slots(slot_count, format::kNoToken);
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    const Piece& piece = vocabulary.pieces[token];
    if (is_matchable(piece.type) && !insert(slots, piece.text, token)) return {};
  }
  return slots;
}

/// The table is at most half full, so that a lookup ends after a probe or two. It is made larger
/// while more pieces collide than a lookup probes.
Table make_slots(const Vocabulary& vocabulary) {
  const auto matchable = std::count_if(vocabulary.pieces.begin(), vocabulary.pieces.end(),
                                       [](const Piece& piece) { return is_matchable(piece.type); });
  const size_t start = std::bit_ceil(2 * static_cast<size_t>(matchable) + 2);
  for (size_t slots = start; slots <= format::kMaxHashSlots; slots *= 2) {
    if (auto made = try_slots(vocabulary, slots)) return *made;
  }
  // Only pieces that were chosen to collide get here.
  throw InputError("vocabulary", "has more than " + std::to_string(format::kMaxProbes) +
                                     " pieces of the same hash; remove some of them");
}

Table make_offsets(const Vocabulary& vocabulary) {
  Table offsets = {0};
  for (const Piece& piece : vocabulary.pieces) {
    offsets.push_back(offsets.back() + static_cast<uint32_t>(piece.text.size()));
  }
  return offsets;
}

Table make_byte_tokens(const Vocabulary& vocabulary) {
  Table tokens(256, format::kNoToken);
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    const Piece& piece = vocabulary.pieces[token];
    if (piece.type == format::PieceType::Byte) tokens[static_cast<uint8_t>(piece.text[0])] = token;
  }
  return tokens;
}

void append(BlobBytes& section, const Table& words) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(words.data());
  section.insert(section.end(), bytes, bytes + words.size() * sizeof(uint32_t));
}

void describe(const Vocabulary& vocabulary, format::Manifest& manifest) {
  manifest.vocabulary = static_cast<uint32_t>(vocabulary.pieces.size());
  manifest.tokenizer_kind = static_cast<uint32_t>(vocabulary.kind);
  manifest.tokenizer_flags = vocabulary.flags;
  manifest.bos_token = vocabulary.bos;
  manifest.unknown_token = vocabulary.unknown;
  std::fill(std::begin(manifest.eos_tokens), std::end(manifest.eos_tokens), format::kNoToken);
  std::copy(vocabulary.eos.begin(), vocabulary.eos.end(), manifest.eos_tokens);
}

}  // namespace

BlobBytes build_tokenizer_tables(const Vocabulary& vocabulary, format::Manifest& manifest) {
  const Table offsets = make_offsets(vocabulary);
  const Table slots = make_slots(vocabulary);
  describe(vocabulary, manifest);
  manifest.piece_pool_bytes = offsets.back();
  manifest.hash_slots = static_cast<uint32_t>(slots.size());

  Table ranks;
  for (const Piece& piece : vocabulary.pieces) ranks.push_back(piece.rank);
  BlobBytes section;
  append(section, offsets);
  append(section, ranks);
  append(section, make_byte_tokens(vocabulary));
  append(section, slots);
  for (const Piece& piece : vocabulary.pieces) {
    section.push_back(static_cast<uint8_t>(piece.type));
  }
  for (const Piece& piece : vocabulary.pieces) {
    section.insert(section.end(), piece.text.begin(), piece.text.end());
  }
  return section;
}

}  // namespace nibble::offline
