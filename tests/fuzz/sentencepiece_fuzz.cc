// Any bytes as tokenizer.model: a vocabulary that works, or an InputError.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/input_error.h"
#include "offline/formats/sentencepiece.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/vocabulary_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nibble;
  try {
    const std::string_view model(reinterpret_cast<const char*>(data), size);
    fuzz::use_vocabulary(offline::parse_sentencepiece(model, "input"));
  } catch (const offline::InputError&) {
  }
  return 0;
}
