// All weights of a model folder, from one safetensors file or from the shards an index lists.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "offline/files/mapped_file.h"
#include "offline/weights/source_tensors.h"

namespace nibble::offline {

struct WeightFiles {
  std::string source;  ///< the file that was read first: model.safetensors, or the index
  SourceTensors tensors;
  std::vector<std::shared_ptr<const MappedFile>> mappings;  ///< in the order of file names
  std::map<std::string, std::string> metadata;              ///< of all files; the first file wins
};

/// model.safetensors where there is one, as transformers chooses; else the sharded index.
/// Throws InputError: neither is there, a shard's name leaves the folder, a tensor is in two
/// shards, or index and shards disagree.
WeightFiles read_weight_files(const std::filesystem::path& folder);

/// SHA-256 over the files' bytes, one after the other, as hex.
std::string sha256_of(const std::vector<std::shared_ptr<const MappedFile>>& files);

}  // namespace nibble::offline
