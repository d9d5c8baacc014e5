// A text as characters with classes: what pre-tokenization and matching rules are written over.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/tokenizer/tables.h"

namespace nibble {

/// A set of character classes.
using ClassSet = uint32_t;
constexpr ClassSet class_set(format::CharacterClass one) {
  return ClassSet{1} << static_cast<uint32_t>(one);
}
inline constexpr ClassSet kLetters = class_set(format::CharacterClass::Letter);
inline constexpr ClassSet kNumbers = class_set(format::CharacterClass::Number);
inline constexpr ClassSet kSpaces = class_set(format::CharacterClass::Space);
inline constexpr ClassSet kMarks = class_set(format::CharacterClass::Mark);
inline constexpr ClassSet kPunctuation = class_set(format::CharacterClass::Punctuation);
inline constexpr ClassSet kSymbols = class_set(format::CharacterClass::Symbol);
inline constexpr ClassSet kEndOfText = class_set(format::CharacterClass::Count);
inline constexpr ClassSet kAnyClass = kEndOfText - 1;

/// A character, a malformed byte (class Other), or the end of the text (0 bytes).
struct Character {
  uint32_t code = 0;
  uint32_t bytes = 0;
  ClassSet cls = kEndOfText;  ///< One class.

  bool is(ClassSet classes) const { return (cls & classes) != 0; }
  bool is_line_break() const { return code == '\r' || code == '\n'; }
};

/// Code points of malformed bytes: beyond Unicode, so that no rule names them.
inline constexpr uint32_t kMalformed = 0x110000;

class Characters {
 public:
  Characters(const TokenizerTables& tables, Text text) : tables_(tables), text_(text) {}

  size_t size() const { return text_.size(); }
  char byte(size_t index) const { return text_[index]; }
  Character at(size_t index) const {
    if (index >= text_.size()) return {};
    const auto byte = static_cast<uint8_t>(text_[index]);
    return byte < 0x80 ? Character{byte, 1, kAsciiClasses[byte]} : decode(index);
  }
  /// The end of the run of such characters that starts at `index`.
  size_t run(size_t index, ClassSet classes) const {
    for (Character c = at(index); c.is(classes); c = at(index)) index += c.bytes;
    return index;
  }

 private:
  static const uint8_t kAsciiClasses[128];
  Character decode(size_t index) const;

  const TokenizerTables& tables_;
  const Text text_;
};

/// The code point of a whole character.
uint32_t code_point(Text character);

}  // namespace nibble
