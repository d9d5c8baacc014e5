// Reads the configuration, and holds the tensors and a made-up vocabulary.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/tiny_sources.h"

#include <algorithm>

#include "offline/formats/huggingface/config_json.h"
#include "offline/formats/sentencepiece.h"
#include "offline/weights/memory_weights.h"
#include "tests/models/generated_vocabulary.h"

namespace nibble::test {

offline::SourceModel source_of(const TinyDecoder& tiny) {
  // As a file has it: a parsed document's whole numbers are unsigned.
  const nlohmann::json document = nlohmann::json::parse(tiny.config.dump());
  const offline::ModelConfig config =
      offline::read_model_config(offline::JsonValue(document, tiny.name));
  offline::SourceModel model;
  model.architecture = config.architecture;
  model.shape = config.shape;
  model.provenance = {tiny.name, "", "", ""};
  const std::string pieces = sentencepiece_model(kTinyVocabulary, 1);
  model.vocabulary = offline::parse_sentencepiece(pieces, tiny.name);
  for (const auto& [name, tensor] : tiny.tensors) {
    const auto columns = static_cast<uint32_t>(tensor.shape.back());
    const auto rows = static_cast<uint32_t>(tensor.values.size() / columns);
    model.tensors[name] = {
        tensor.shape,
        offline::hold_floats(rows, columns, {tensor.values.begin(), tensor.values.end()})};
  }
  return model;
}

TinyDecoder tiny_decoder(const std::string& name) {
  const std::vector<TinyDecoder> all = tiny_decoders();
  return *std::ranges::find(all, name, &TinyDecoder::name);
}

}  // namespace nibble::test
