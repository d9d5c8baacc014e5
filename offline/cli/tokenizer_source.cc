// Tells blobs, tokenizer files and models apart.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/tokenizer_source.h"

#include <fstream>

#include "offline/files/input_file.h"
#include "offline/files/json_file.h"
#include "offline/files/json_value.h"
#include "offline/formats/huggingface/tokenizer_json.h"
#include "offline/formats/registry.h"
#include "offline/formats/sentencepiece.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

bool is_blob(const fs::path& path) {
  char magic[sizeof(format::kMagic)] = {};
  std::ifstream(path, std::ios::binary).read(magic, sizeof(magic));
  return std::equal(std::begin(magic), std::end(magic), std::begin(format::kMagic),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

/// tokenizer.model or tokenizer.json, alone or in a folder that is no model.
std::optional<Vocabulary> read_tokenizer_file(fs::path path) {
  std::error_code error;
  if (fs::is_directory(path, error) && !fs::exists(path / "config.json", error)) {
    const bool has_model = fs::exists(path / "tokenizer.model", error);
    path /= has_model ? "tokenizer.model" : "tokenizer.json";
  }
  if (path.extension() == ".json") return parse_tokenizer_json(read_json_document(path));
  if (path.extension() != ".model") return {};
  return parse_sentencepiece(read_input_file(path, kMaxJsonFileBytes), path.string());
}

}  // namespace

TokenizerSource::TokenizerSource(const fs::path& path) {
  if (is_blob(path)) {
    blob_.emplace(path);
    return;
  }
  const std::optional<Vocabulary> alone = read_tokenizer_file(path);
  vocabulary_.emplace(alone ? *alone : read_model(path).vocabulary, path.string());
}

const Tokenizer& TokenizerSource::tokenizer() const {
  return blob_ ? blob_->model().tokenizer() : vocabulary_->tokenizer();
}

}  // namespace nibble::offline
