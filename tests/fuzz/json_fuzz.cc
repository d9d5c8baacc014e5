// Any bytes as config.json or tokenizer.json: understood, or refused with an InputError.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
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
    const nlohmann::json json = offline::parse_json(text, "input");
    if (json.is_object() && json.contains("model"))
      fuzz::use_vocabulary(offline::parse_tokenizer_json(json, "input"));
    else
      offline::read_hyper_parameters(json, "input");
  } catch (const offline::InputError&) {
  }
  return 0;
}
