// A GGUF file as a model: settings and tensors by their Hugging Face names, vocabulary, provenance.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/text.h"
#include "offline/formats/gguf/families.h"
#include "offline/formats/gguf/gguf_settings.h"
#include "offline/formats/gguf/gguf_tensors.h"
#include "offline/formats/gguf/gguf_vocabulary.h"
#include "offline/formats/huggingface/config_json.h"
#include "offline/formats/huggingface/weight_files.h"
#include "offline/formats/registry.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

bool is_gguf_file(const fs::path& path) {
  std::error_code error;
  return first_bytes(path, 4) == kGgufMagic ||
         (path.extension() == ".gguf" && fs::is_regular_file(path, error));
}

const GgufFamily& family_of(const JsonValue& metadata) {
  const JsonValue split = metadata["split.count"];
  if (split.exists() && split.whole_number() > 1) {
    split.refuse("says that this is one part of " + split.quoted() +
                 "; join them with llama-gguf-split --merge");
  }
  const JsonValue name = metadata["general.architecture"];
  const GgufFamily* const family = find_gguf_family(name.text());
  if (family == nullptr) {
    name.refuse("is " + name.quoted() +
                ", which is not supported; supported: " + gguf_family_names());
  }
  return *family;
}

std::string text_or_nothing(const JsonValue& value) {
  return value.exists() ? printable_ascii(value.text()) : "";
}

SourceModel read_gguf_file(const fs::path& path) {
  const std::string where = path.string();
  const GgufFile file = read_gguf(path);
  const GgufFamily& family = family_of(file.metadata);
  const ModelConfig config = read_model_config(
      JsonValue(gguf_settings(file, family), where + " (settings as config.json names them)"));
  SourceModel model;
  model.format = "GGUF file";
  model.architecture = config.architecture;
  model.shape = config.shape;
  model.vocabulary = read_gguf_vocabulary(file, config.shape->vocab_size, where);
  std::string name = text_or_nothing(file.metadata["general.name"]);
  if (name.empty()) name = printable_ascii(path.stem().string());
  model.provenance = {name, text_or_nothing(file.metadata["general.license"]),
                      printable_ascii(path.filename().string()), sha256_of({file.mapping})};
  model.tensors = read_gguf_tensors(file, family, *config.shape, where);
  return model;
}

}  // namespace

SourceFormat gguf_format() {
  return {is_gguf_file, read_gguf_file};
}

}  // namespace nibble::offline
