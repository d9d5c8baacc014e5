// Every buffer is allocated in its exact size, so that a byte too many is a sanitizer's finding.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/fuzz/tokenizer_invariants.h"

#include <algorithm>

#include "tests/fuzz/fuzz.h"

namespace nibble::fuzz {
namespace {

/// Pushes a text in parts, each into exactly the room that always suffices.
std::string streamed(const std::string& text, size_t part_bytes) {
  TextStream stream(/*drop_first_space=*/false);
  std::string out;
  for (size_t begin = 0; begin < text.size(); begin += part_bytes) {
    const size_t bytes = std::min(part_bytes, text.size() - begin);
    std::vector<char> room(TextStream::kMaxExpansion * (bytes + 3));
    const auto written = stream.push({text.data() + begin, bytes}, {room.data(), room.size()});
    claim(written.ok(), "kMaxExpansion bytes for each byte suffice");
    out.append(room.data(), written.value());
  }
  char rest[3];
  const auto written = stream.flush({rest, sizeof(rest)});
  claim(written.ok(), "a replacement character fits three bytes");
  return out.append(rest, written.value());
}

}  // namespace

std::vector<Token> encode(const Tokenizer& tokenizer, Text text, EncodeMode mode) {
  Memory workspace(tokenizer.workspace_bytes(text.size()).value());
  std::vector<Token> tokens;
  Result<size_t> count = tokenizer.encode(text, mode, {}, workspace.bytes());
  if (!count.ok()) {
    claim(count.error() == Error::BufferTooSmall, "encode() refuses no text");
    tokens.resize(count.failure().where);
    claim(tokens.size() <= tokenizer.most_tokens(text.size()), "most_tokens() is not exceeded");
    count = tokenizer.encode(text, mode, {tokens.data(), tokens.size()}, workspace.bytes());
    claim(count.ok() && count.value() == tokens.size(),
          "encode() needs the room that it asked for");
  }
  for (const Token token : tokens) claim(token < tokenizer.vocabulary(), "tokens have a row");
  return tokens;
}

std::string decode(const Tokenizer& tokenizer, const std::vector<Token>& tokens) {
  std::string text;
  for (const Token token : tokens) {
    const Text piece = tokenizer.piece(token);
    text.append(piece.data(), piece.size());
  }
  return text;
}

std::string with_plain_spaces(Text text) {
  constexpr std::string_view kMark = "\xE2\x96\x81";
  std::string plain(text.data(), text.size());
  for (size_t at = 0; (at = plain.find(kMark, at)) != plain.npos; ++at)
    plain.replace(at, kMark.size(), " ");
  return plain;
}

void stream_in_any_parts(const std::string& text, size_t part_bytes) {
  claim(streamed(text, part_bytes) == streamed(text, text.size() + 1),
        "where a text is cut makes no difference");
}

}  // namespace nibble::fuzz
