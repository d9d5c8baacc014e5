// A Hugging Face folder as a model: configuration, weights, vocabulary, provenance.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/input_error.h"
#include "offline/files/text.h"
#include "offline/formats/huggingface/config_json.h"
#include "offline/formats/huggingface/model_card.h"
#include "offline/formats/huggingface/vocabulary_folder.h"
#include "offline/formats/huggingface/weight_files.h"
#include "offline/formats/registry.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kConfigName = "config.json";

/// The last part of the folder's real path: "models/kdoc-6m/" and "." have names, too.
std::string folder_name(const fs::path& folder) {
  return printable_ascii(fs::canonical(folder).filename().string());
}

std::string license_of(const fs::path& folder, const WeightFiles& files) {
  std::string declared = read_license(folder);
  if (!declared.empty()) return declared;
  const auto found = files.metadata.find("license");
  return found == files.metadata.end() ? "" : printable_ascii(found->second);
}

/// Newer files say it in config.json, as those of compressed-tensors do.
void refuse_quantized(const fs::path& folder) {
  constexpr std::pair<const char*, const char*> kFiles[] = {{"quantize_config.json", "GPTQ"},
                                                            {"quant_config.json", "AWQ"}};
  for (const auto& [name, method] : kFiles) {
    if (!fs::exists(folder / name)) continue;
    throw InputError((folder / name).string(),
                     std::string("says that the weights are quantized already, as ") + method +
                         " does it; give the folder of the model they were made from");
  }
}

bool is_model_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_directory(path, error) && fs::exists(path / kConfigName, error);
}

SourceModel read_model_folder(const fs::path& folder) {
  refuse_quantized(folder);
  const ModelConfig config = read_model_config(read_json_document(folder / kConfigName));
  WeightFiles files = read_weight_files(folder);
  SourceModel model;
  model.format = "Hugging Face folder";
  model.architecture = config.architecture;
  model.shape = config.shape;
  model.vocabulary = read_vocabulary(folder, config.shape->vocab_size);
  model.provenance = {folder_name(folder), license_of(folder, files), files.source,
                      sha256_of(files.mappings)};
  model.tensors = std::move(files.tensors);
  return model;
}

}  // namespace

SourceFormat huggingface_format() {
  return {is_model_folder, read_model_folder};
}

}  // namespace nibble::offline
