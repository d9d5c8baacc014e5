// Asks the readers of source formats what they recognize.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/discovery.h"

#include <algorithm>

#include "offline/files/input_error.h"
#include "offline/formats/registry.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

std::string model_name(const fs::path& path) {
  return (fs::is_directory(path) ? path.filename() : path.stem()).string();
}

bool is_candidate(const fs::path& path, const std::string& name) {
  if (path.filename().string().starts_with('.')) return false;
  return (name.empty() || model_name(path) == name) && is_model(path);
}

void copy_file_into(const fs::path& file, const fs::path& folder,
                    const std::function<void()>& before_each) {
  before_each();
  std::error_code error;
  fs::copy_file(file, folder / file.filename(), error);
  if (error) throw InputError(file.string(), "cannot be copied: " + error.message());
}

/// The files of a model folder: formats keep nothing in folders below.
void copy_folder(const fs::path& from, const fs::path& folder,
                 const std::function<void()>& before_each) {
  fs::create_directory(folder);
  for (const auto& entry : fs::directory_iterator(from)) {
    if (entry.is_regular_file()) copy_file_into(entry.path(), folder, before_each);
  }
}

bool is_vocabulary_of_checkpoint(const fs::path& file) {
  return file.extension() == ".bin" && file.filename().string().starts_with("tok");
}

void copy_vocabularies_beside(const fs::path& checkpoint, const fs::path& folder,
                              const std::function<void()>& before_each) {
  for (const auto& entry : fs::directory_iterator(checkpoint.parent_path())) {
    if (is_vocabulary_of_checkpoint(entry.path())) {
      copy_file_into(entry.path(), folder, before_each);
    }
  }
}

}  // namespace

std::vector<FoundModel> discover_models(const fs::path& folder, const std::string& name) {
  if (!fs::is_directory(folder)) throw InputError(folder.string(), "is no folder of models");
  if (is_model(folder)) {
    throw InputError(folder.string(), "is a model itself; give the folder that it is in");
  }
  std::vector<FoundModel> models;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (is_candidate(entry.path(), name)) {
      models.push_back({model_name(entry.path()), entry.path()});
    }
  }
  std::ranges::sort(models, {}, &FoundModel::path);
  if (models.empty()) {
    throw InputError(folder.string(),
                     (name.empty() ? "has no model" : "has no model '" + name + "'") +
                         std::string(" that nibble pack takes: a Hugging Face folder, a GGUF file, "
                                     "a llama2.c checkpoint"));
  }
  return models;
}

fs::path copy_model(const FoundModel& model, const fs::path& folder,
                    const std::function<void()>& before_each) {
  const fs::path copy = folder / model.path.filename();
  if (fs::is_directory(model.path)) {
    copy_folder(model.path, copy, before_each);
    return copy;
  }
  copy_file_into(model.path, folder, before_each);
  if (model.path.extension() == ".bin") {
    copy_vocabularies_beside(model.path, folder, before_each);
  }
  return copy;
}

}  // namespace nibble::offline
