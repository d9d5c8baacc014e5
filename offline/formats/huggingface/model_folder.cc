// A Hugging Face folder as one SourceModel: configuration, weights, vocabulary, provenance.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/input_error.h"
#include "offline/formats/huggingface/config_json.h"
#include "offline/formats/huggingface/model_card.h"
#include "offline/formats/huggingface/weight_files.h"
#include "offline/formats/source_model.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

/// The last part of the folder's real path: "models/kdoc-6m/" and "." have names, too.
std::string folder_name(const fs::path& folder) {
  return printable(fs::canonical(folder).filename().string());
}

std::string license_of(const fs::path& folder, const WeightFiles& files) {
  const std::string declared = read_license(folder);
  if (!declared.empty()) return declared;
  const auto found = files.metadata.find("license");
  return found == files.metadata.end() ? "" : printable(found->second);
}

}  // namespace

SourceModel read_model_folder(const fs::path& folder) {
  if (!fs::is_directory(folder)) {
    throw InputError(folder.string(),
                     "is not a folder; give a Hugging Face model folder, the one "
                     "with config.json in it");
  }
  SourceModel model;
  model.shape = read_config_file(folder / "config.json");
  WeightFiles files = read_weight_files(folder);
  model.vocabulary = read_vocabulary(folder, model.shape.vocab_size);
  model.provenance = {folder_name(folder), license_of(folder, files), files.source,
                      sha256_of(files.mappings)};
  model.tensors = std::move(files.tensors);
  return model;
}

}  // namespace nibble::offline
