// Narrows the sorted list of added tokens byte by byte.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/added_tokens.h"

namespace nibble {

bool TrustedParts::covers(size_t begin, size_t end) {
  while (index_ < parts_.size() && begin >= begin_ + parts_[index_].text.size())
    begin_ += parts_[index_++].text.size();
  return index_ < parts_.size() && parts_[index_].is_trusted &&
         end <= begin_ + parts_[index_].text.size();
}

/// The first of the tokens [first, last) whose byte `at` is not below `byte`.
/// @pre they agree in all bytes before, and have that many
static uint32_t lower_bound(const TokenizerTables& tables, uint32_t first, uint32_t last, size_t at,
                            uint32_t byte) {
  while (first != last) {
    const uint32_t middle = first + (last - first) / 2;
    if (static_cast<uint8_t>(tables.text(tables.added(middle))[at]) < byte)
      first = middle + 1;
    else
      last = middle;
  }
  return first;
}

/// The character before a place in the text.
static Character before(const Characters& characters, Text text, size_t at) {
  size_t begin = at;
  while (begin != 0 && at - begin < 4) {
    --begin;
    if ((static_cast<uint8_t>(text[begin]) & 0xC0) != 0x80) break;
  }
  return begin == at ? Character() : characters.at(begin);
}

bool AddedTokenFinder::stands_alone(size_t begin, size_t end) const {
  const Characters characters(tables_, text_);
  const auto is_word = [](const Character& c) {
    return c.is(kLetters | kNumbers | kMarks) || c.code == '_';
  };
  return !is_word(before(characters, text_, begin)) && !is_word(characters.at(end));
}

bool AddedTokenFinder::is_allowed(uint32_t index, size_t begin, size_t end) const {
  const uint8_t rules = tables_.added_rules(index);
  if ((rules & format::kInNormalizedText) != rules_) return false;
  const bool is_special = tables_.type(tables_.added(index)) != format::PieceType::UserDefined;
  if (is_special && (trusted_ == nullptr || !trusted_->covers(begin, end))) return false;
  return (rules & format::kSingleWord) == 0 || stands_alone(begin, end);
}

/// token: an index of the list here.
AddedMatch AddedTokenFinder::longest_at(size_t begin) const {
  AddedMatch match;
  uint32_t first = 0, last = tables_.added_count();
  for (size_t bytes = 0; begin + bytes < text_.size(); ++bytes) {
    const uint32_t byte = static_cast<uint8_t>(text_[begin + bytes]);
    first = lower_bound(tables_, first, last, bytes, byte);
    last = lower_bound(tables_, first, last, bytes, byte + 1);
    if (first == last) break;
    if (tables_.text(tables_.added(first)).size() != bytes + 1) continue;
    if (is_allowed(first, begin, begin + bytes + 1)) match = {begin, begin + bytes + 1, first};
    if (++first == last) break;
  }
  return match;
}

void AddedTokenFinder::take_spaces(uint32_t rules, size_t from, AddedMatch& match) const {
  const Characters characters(tables_, text_);
  if ((rules & format::kTakesSpacesAfter) != 0) match.end = characters.run(match.end, kSpaces);
  if ((rules & format::kTakesSpacesBefore) == 0) return;
  for (Character c = before(characters, text_, match.begin); match.begin > from && c.is(kSpaces);
       c = before(characters, text_, match.begin))
    match.begin -= c.bytes;
}

AddedMatch AddedTokenFinder::next(size_t from) const {
  for (size_t at = from; at < text_.size(); ++at) {
    turns_.count(1);
    if (!tables_.may_begin_added(static_cast<uint8_t>(text_[at]), rules_)) continue;
    AddedMatch match = longest_at(at);
    if (match.begin == match.end) continue;
    const uint32_t index = match.token;
    match.token = tables_.added(index);
    take_spaces(tables_.added_rules(index), from, match);
    return match;
  }
  return {};
}

}  // namespace nibble
