// Order, ranges and counts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/bind_added_tokens.h"

namespace nibble {
namespace {

bool is_below(Text a, Text b) {
  size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  if (i == b.size()) return false;
  return i == a.size() || static_cast<uint8_t>(a[i]) < static_cast<uint8_t>(b[i]);
}

}  // namespace

Status verify_added_tokens(const TokenizerTables& tables, uint32_t vocabulary) {
  Text before;
  for (uint32_t i = 0; i < tables.added_count(); ++i) {
    const Failure bad{Error::BadTokenizer, i};
    const Token token = tables.added(i);
    const uint8_t rules = tables.added_rules(i);
    if (token >= vocabulary || !is_addable(tables.type(token))) return bad;
    const Text text = tables.text(token);
    if (!is_below(before, text) || text.size() > format::kMaxAddedTokenBytes) return bad;
    const bool is_special = tables.type(token) != format::PieceType::UserDefined;
    if (rules > format::kKnownAddedTokenRules ||
        (is_special && (rules & format::kInNormalizedText) != 0))
      return bad;
    before = text;
  }
  return {};
}

Status verify_class_runs(const TokenizerTables& tables, uint32_t count) {
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t run = tables.class_run(i);
    const bool ascends = i == 0 ? run >> 3 == 0 : run >> 3 > tables.class_run(i - 1) >> 3;
    if (!ascends || (run & 7) >= static_cast<uint32_t>(format::CharacterClass::Count))
      return Failure{Error::BadTokenizer, i};
  }
  return {};
}

Status verify_chat(Bytes chat) {
  uint32_t strings = 0;
  for (const uint8_t byte : chat) strings += byte == 0;
  const bool is_sound =
      chat.empty() || (strings == format::kChatTextCount && chat[chat.size() - 1] == 0);
  return is_sound ? Status() : Failure{Error::BadTokenizer, 0};
}

}  // namespace nibble
