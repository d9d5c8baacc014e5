// Writes normalized text: space marks, then lower case or the composition of what is not ASCII.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/normalizer.h"

#include "runtime/core/utf8.h"
#include "runtime/tokenizer/composer.h"

namespace nibble {
namespace {

/// How publishers write a space in a piece: U+2581, lower one eighth block.
constexpr char kSpaceMark[] = {'\xE2', '\x96', '\x81'};

bool starts_with_space_mark(Text text) {
  return text.size() >= 3 && equal(text.first(3), Text(kSpaceMark, 3));
}

bool is_ascii(Text text, size_t at) {
  return static_cast<uint8_t>(text[at]) < 0x80;
}

class Normalizer {
 public:
  Normalizer(const TokenizerTables& tables, Span<char> out, Turns& turns)
      : composer_(tables.normalization(), out),
        lowers_(tables.has(format::kLowerCase)),
        composes_(tables.has(format::kNormalizeNfc)),
        unmarks_(tables.kind() != format::TokenizerKind::ByteLevelBpe),
        turns_(turns) {}

  Text run(Text text, bool add_prefix) {
    if (add_prefix) composer_.write_byte(' ');
    for (size_t at = 0; at < text.size();) {
      at += take(text, at);
      turns_.count(1);
    }
    return composer_.finish();
  }

 private:
  /// @returns the bytes of text that were dealt with
  size_t take(Text text, size_t at) {
    if (is_ascii(text, at)) {
      const bool is_upper = lowers_ && text[at] >= 'A' && text[at] <= 'Z';
      const char byte = static_cast<char>(text[at] + (is_upper ? 'a' - 'A' : 0));
      // What an accent may follow goes through the composer.
      if (!composes_ || at + 1 == text.size() || is_ascii(text, at + 1))
        composer_.write_byte(byte);
      else
        composer_.add(static_cast<uint8_t>(byte));
      return 1;
    }
    if (unmarks_ && starts_with_space_mark(text.from(at))) {
      composer_.write_byte(' ');
      return sizeof(kSpaceMark);
    }
    return take_character(text.from(at));
  }

  size_t take_character(Text text) {
    const Utf8Prefix prefix = utf8_prefix(text);
    if (prefix.kind != Utf8::Whole || (!composes_ && !lowers_)) {
      composer_.write_byte(text[0]);
      return 1;
    }
    const uint32_t code = code_point(text.first(prefix.bytes));
    if (composes_)
      composer_.add(code);
    else
      composer_.write_mapped(code);
    return prefix.bytes;
  }

  Composer composer_;
  const bool lowers_, composes_, unmarks_;
  Turns& turns_;
};

}  // namespace

Text normalize(const TokenizerTables& tables, Text text, bool add_prefix, Span<char> out,
               Turns& turns) {
  const bool is_byte_level = tables.kind() == format::TokenizerKind::ByteLevelBpe;
  // A byte-level prefix is only put where there is no space.
  if (text.empty() || (is_byte_level && text[0] == ' ')) add_prefix = false;
  if (is_byte_level && !add_prefix && tables.normalization() == nullptr) return text;
  return Normalizer(tables, out, turns).run(text, add_prefix);
}

}  // namespace nibble
