// Any bytes as config.json or tokenizer.json: understood, or refused with an InputError.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/files/input_error.h"
#include "offline/files/json_file.h"
#include "offline/formats/huggingface/config_json.h"
#include "offline/formats/huggingface/tokenizer_json.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/vocabulary_invariants.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nibble;
  // The text itself tells which file it is: only tokenizer.json has a "model".
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const offline::JsonValue document(offline::parse_json(text, "input"), "input");
    if (document["model"].exists())
      fuzz::use_vocabulary(offline::parse_tokenizer_json(document));
    else
      offline::read_model_config(document);
  } catch (const offline::InputError&) {
  }
  return 0;
}
