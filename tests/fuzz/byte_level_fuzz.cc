// Any bytes as text of a byte-level vocabulary, split in any known way: every byte comes back.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <map>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokenizer_invariants.h"
#include "tests/runtime/tokenizer/bound_tokenizer.h"

namespace nibble::fuzz {
namespace {

using format::PieceType;
using format::SplitStep;
using test::Tables;

struct Choice {
  uint32_t step = 0;  ///< index of the way to split
  bool ignores_merges = false, composes = false;
  auto operator<=>(const Choice&) const = default;
};

constexpr uint32_t kSteps = static_cast<uint32_t>(SplitStep::Count) - 1;  // without None

offline::Vocabulary vocabulary_of(const Choice& choice) {
  offline::Vocabulary vocabulary;
  vocabulary.kind = format::TokenizerKind::ByteLevelBpe;
  vocabulary.flags = format::kPairMerges | (choice.composes ? format::kNormalizeNfc : 0u);
  vocabulary.split_steps = {static_cast<SplitStep>(choice.step + 1)};
  vocabulary.ignores_merges = choice.ignores_merges;
  for (int byte = 0; byte < 256; ++byte) {
    vocabulary.pieces.push_back({std::string(1, static_cast<char>(byte))});
  }
  uint32_t rank = 0;
  for (const char* const text : {"ab", "bc", "abc", "  ", " a", "12", "\xC3\xA9", "'s", "\n\n"}) {
    vocabulary.pieces.push_back(
        {text, rank++, PieceType::Normal, text == std::string("abc") ? uint16_t{2} : uint16_t{1}});
  }
  vocabulary.pieces.push_back({"<x>", format::kNoRank, PieceType::UserDefined});
  vocabulary.pieces.push_back({"<e>", format::kNoRank, PieceType::Control});
  vocabulary.eos = {static_cast<uint32_t>(vocabulary.pieces.size() - 1)};
  return vocabulary;
}

const Tables& tables(const Choice& choice) {
  static std::map<Choice, Tables> made;
  return made.try_emplace(choice, vocabulary_of(choice)).first->second;
}

}  // namespace
}  // namespace nibble::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nibble;
  fuzz::Input input(data, size);
  const uint32_t number = input.number(2);
  const fuzz::Choice choice{number % fuzz::kSteps, (number >> 8 & 1) != 0, (number >> 9 & 1) != 0};
  const Result<Tokenizer> tokenizer = fuzz::tables(choice).bind();
  fuzz::claim(tokenizer.ok(), "the vocabulary is sound");
  const std::vector<Token> tokens =
      fuzz::encode(tokenizer.value(), input.rest(), EncodeMode::WholeText);
  const std::string decoded = fuzz::decode(tokenizer.value(), tokens);
  if (!choice.composes) {
    fuzz::claim(decoded == std::string(input.rest().data(), input.rest().size()),
                "bytes come back as they went");
  }
  fuzz::stream_in_any_parts(decoded, (number >> 10) + 1);
  return 0;
}
