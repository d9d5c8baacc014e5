// Any bytes as text: encoded, decoded and streamed, they come back.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokenizer_invariants.h"
#include "tests/runtime/tokenizer/bound_tokenizer.h"

namespace nibble::fuzz {
namespace {

using test::small_vocabulary;
using test::Tables;

const Tables& tables(bool has_bytes) {
  static const std::vector<std::string> normal = {
      " ",  "a",   "b",  "c",    "é",  "ab",   " a",
      "bc", "abc", "  ", "    ", "aa", "aaaa", "\xF0\x9F\x8D\xB0"};
  static const std::vector<std::string> user_defined = {"<x>", "<xy>", "ca"};
  static const Tables with_bytes(small_vocabulary(normal, user_defined, true));
  static const Tables without_bytes(small_vocabulary(normal, user_defined, false));
  return has_bytes ? with_bytes : without_bytes;
}

}  // namespace
}  // namespace nibble::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nibble;
  fuzz::Input input(data, size);
  const uint32_t choice = input.number(1);
  const bool has_bytes = (choice & 1) != 0;
  const auto mode = static_cast<EncodeMode>(choice / 2 % 3);
  const Result<Tokenizer> tokenizer = fuzz::tables(has_bytes).bind();
  fuzz::claim(tokenizer.ok(), "the vocabulary is sound");
  const std::vector<Token> tokens = fuzz::encode(tokenizer.value(), input.rest(), mode);
  const std::string decoded = fuzz::decode(tokenizer.value(), tokens);
  if (has_bytes) {
    const bool has_prefix = mode != EncodeMode::Continue && !input.rest().empty();
    fuzz::claim(decoded == (has_prefix ? " " : "") + fuzz::with_plain_spaces(input.rest()),
                "bytes come back as they went");
  }
  fuzz::stream_in_any_parts(decoded, choice / 6 + 1);
  return 0;
}
