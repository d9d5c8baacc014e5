// Lays out section Tokenizer as format/blob.h describes it, hash slots included.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/tokenizer_tables.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "offline/files/input_error.h"
#include "offline/host/failure_text.h"
#include "offline/unicode/unicode_tables.h"
#include "runtime/format/tables.h"
#include "runtime/tokenizer/bind_tokenizer.h"
#include "runtime/tokenizer/characters.h"
#include "runtime/tokenizer/word_merger.h"

namespace nibble::offline {
namespace {

using Table = std::vector<uint32_t>;
using format::SplitStep;

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
  const bool is_byte_level = vocabulary.kind == format::TokenizerKind::ByteLevelBpe;
  const format::PieceType type =
      is_byte_level ? format::PieceType::Normal : format::PieceType::Byte;
  Table tokens(256, format::kNoToken);
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    const Piece& piece = vocabulary.pieces[token];
    if (piece.type == type && piece.text.size() == 1)
      tokens[static_cast<uint8_t>(piece.text[0])] = token;
  }
  return tokens;
}

/// The added tokens by their text; of two with one text the first.
Table make_added(const Vocabulary& vocabulary) {
  Table tokens;
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    const Piece& piece = vocabulary.pieces[token];
    if (is_addable(piece.type) && !piece.text.empty()) tokens.push_back(token);
  }
  const auto text_of = [&](uint32_t token) -> const std::string& {
    return vocabulary.pieces[token].text;
  };
  std::sort(tokens.begin(), tokens.end(), [&](uint32_t a, uint32_t b) {
    return std::tie(text_of(a), a) < std::tie(text_of(b), b);
  });
  const auto end = std::unique(tokens.begin(), tokens.end(),
                               [&](uint32_t a, uint32_t b) { return text_of(a) == text_of(b); });
  tokens.erase(end, tokens.end());
  return tokens;
}

/// Control tokens are looked for in the text as it comes.
uint8_t rules_of(const Piece& piece) {
  const bool is_special = piece.type != format::PieceType::UserDefined;
  return is_special ? piece.rules & ~uint8_t{format::kInNormalizedText} : piece.rules;
}

/// The classes that a step tells apart.
ClassBits classes_of(SplitStep step) {
  switch (step) {
    case SplitStep::Gpt2:
    case SplitStep::Llama3:
    case SplitStep::Qwen2:
      return kLetters | kNumbers | kSpaces;
    case SplitStep::Digit:
    case SplitStep::Digits:
    case SplitStep::Digits3:
      return kNumbers;
    case SplitStep::Punctuation:
      return kPunctuation;
    case SplitStep::Letters:
      return kLetters | kSpaces;
    case SplitStep::Marks:
      return kPunctuation | kSpaces;
    case SplitStep::LastSpaces:
    case SplitStep::DeepSeekMarks:
      return kSpaces;
    case SplitStep::DeepSeek3:
      return kAnyClass;
    default:
      return 0;
  }
}

ClassBits classes_of(const Vocabulary& vocabulary) {
  ClassBits classes = 0;
  for (const SplitStep step : vocabulary.split_steps) classes |= classes_of(step);
  for (const Piece& piece : vocabulary.pieces) {
    if ((piece.rules & format::kSingleWord) != 0) classes |= kLetters | kNumbers | kMarks;
    if ((piece.rules & (format::kTakesSpacesBefore | format::kTakesSpacesAfter)) != 0)
      classes |= kSpaces;
  }
  return classes;
}

ByteTable make_normalization(const Vocabulary& vocabulary) {
  if ((vocabulary.flags & format::kNormalizeNfc) != 0) return composition_table();
  return (vocabulary.flags & format::kLowerCase) != 0 ? lower_case_table() : ByteTable();
}

std::string make_chat(const ChatTemplate& chat) {
  std::string strings;
  if (chat.name.empty()) return strings;
  for (const std::string& text : chat.texts) strings += text + std::string(1, 0);
  return strings;
}

template <class Values>
void append(BlobBytes& section, const Values& values) {
  const auto* const bytes = reinterpret_cast<const uint8_t*>(values.data());
  section.insert(section.end(), bytes, bytes + values.size() * sizeof(values[0]));
}

void describe(const Vocabulary& vocabulary, format::Manifest& manifest) {
  manifest.vocabulary = static_cast<uint32_t>(vocabulary.pieces.size());
  manifest.tokenizer_kind = static_cast<uint32_t>(vocabulary.kind);
  manifest.tokenizer_flags = vocabulary.flags;
  manifest.bos_token = vocabulary.bos;
  manifest.unknown_token = vocabulary.unknown;
  manifest.chat_flags = vocabulary.chat.flags;
  std::fill(std::begin(manifest.eos_tokens), std::end(manifest.eos_tokens), format::kNoToken);
  std::copy(vocabulary.eos.begin(), vocabulary.eos.end(), manifest.eos_tokens);
  std::transform(vocabulary.split_steps.begin(), vocabulary.split_steps.end(), manifest.split_steps,
                 [](SplitStep step) { return static_cast<uint8_t>(step); });
}

/// A word that merges into one piece is looked up and not merged.
bool merges_whole(const TokenizerTables& tables, Text word) {
  std::vector<Symbol> symbols(word.size());
  std::vector<MergeCandidate> candidates(2 * word.size());
  Turns turns(SIZE_MAX);  // words are short
  WordMerger(tables, word, symbols.data(), candidates.data(), turns).run();
  return symbols[0].bytes == word.size();
}

void mark_whole_words(const Vocabulary& vocabulary, const format::Manifest& manifest,
                      BlobBytes& section) {
  const Tokenizer tokenizer =
      value_or_throw(bind_tokenizer(manifest, {section.data(), section.size()}), "vocabulary");
  const TokenizerTables tables(tokenizer);
  auto* const merges =
      reinterpret_cast<uint16_t*>(section.data() + format::tokenizer_offsets(manifest).merges);
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    if (!is_matchable(vocabulary.pieces[token].type)) continue;
    if (vocabulary.ignores_merges || merges_whole(tables, tables.text(token)))
      merges[token] |= format::kWholeWord;
  }
}

}  // namespace

BlobBytes build_tokenizer_tables(const Vocabulary& vocabulary, format::Manifest& manifest) {
  const Table offsets = make_offsets(vocabulary), slots = make_slots(vocabulary);
  const Table added = make_added(vocabulary);
  const ClassBits classes = classes_of(vocabulary);
  const ByteTable class_runs = classes == 0 ? ByteTable() : class_table(classes);
  const ByteTable normalization = make_normalization(vocabulary);
  const std::string chat = make_chat(vocabulary.chat);
  describe(vocabulary, manifest);
  manifest.piece_pool_bytes = offsets.back();
  manifest.hash_slots = static_cast<uint32_t>(slots.size());
  manifest.added_tokens = static_cast<uint32_t>(added.size());
  manifest.class_runs = static_cast<uint32_t>(class_runs.size() / format::kClassRunBytes);
  manifest.normalization_bytes = static_cast<uint32_t>(normalization.size());
  manifest.chat_bytes = static_cast<uint32_t>(chat.size());

  const bool has_merges = (vocabulary.flags & format::kPairMerges) != 0;
  Table ranks;
  std::vector<uint16_t> merges;
  std::vector<uint8_t> types, rules;
  std::string pool;
  for (const Piece& piece : vocabulary.pieces) {
    ranks.push_back(piece.rank);
    if (has_merges) merges.push_back(piece.left_bytes);
    types.push_back(static_cast<uint8_t>(piece.type));
    pool += piece.text;
  }
  for (const uint32_t token : added) rules.push_back(rules_of(vocabulary.pieces[token]));
  BlobBytes section;
  append(section, offsets);
  append(section, ranks);
  append(section, make_byte_tokens(vocabulary));
  append(section, slots);
  append(section, added);
  append(section, normalization);
  append(section, merges);
  append(section, types);
  append(section, rules);
  append(section, class_runs);
  append(section, chat);
  append(section, pool);
  if (has_merges) mark_whole_words(vocabulary, manifest, section);
  return section;
}

}  // namespace nibble::offline
