// What holds for every tokenizer and every text.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/tokenizer.h>

#include <string>
#include <vector>

namespace nibble::fuzz {

/// Tokens of a text, from exactly the workspace and into exactly the room that they need.
std::vector<Token> encode(const Tokenizer& tokenizer, Text text, EncodeMode mode);

/// The pieces of tokens, one after the other.
std::string decode(const Tokenizer& tokenizer, const std::vector<Token>& tokens);

/// Text with spaces where it has U+2581: the tokenizer takes them for the same.
std::string with_plain_spaces(Text text);

/// Claims that a stream gives the same text whether it gets all of it or `part_bytes` at a time.
void stream_in_any_parts(const std::string& text, size_t part_bytes);

}  // namespace nibble::fuzz
