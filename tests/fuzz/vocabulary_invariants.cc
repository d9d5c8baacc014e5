// Runs the packer's checks, the packer's tables, the runtime's verifier and a text in turn.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/fuzz/vocabulary_invariants.h"

#include "offline/blob/tokenizer_tables.h"
#include "offline/formats/vocabulary.h"
#include "runtime/tokenizer/bind_tokenizer.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokenizer_invariants.h"

namespace nibble::fuzz {

void use_vocabulary(const offline::Vocabulary& vocabulary) {
  check_vocabulary(vocabulary, "vocabulary");
  format::Manifest manifest{};
  const offline::BlobBytes section = build_tokenizer_tables(vocabulary, manifest);
  const auto tokenizer = bind_tokenizer(manifest, {section.data(), section.size()});
  claim(tokenizer.ok(), "the runtime takes the tables that the packer made");

  std::string text = "a <s> \xE2\x96\x81 \xFF";
  for (const offline::Piece& piece : vocabulary.pieces)
    if (text.size() < 200) text += piece.text;
  const auto tokens = encode(tokenizer.value(), {text.data(), text.size()}, EncodeMode::Prompt);
  decode(tokenizer.value(), tokens);
}

}  // namespace nibble::fuzz
