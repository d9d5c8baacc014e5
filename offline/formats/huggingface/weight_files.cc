// Finds a folder's weight files and joins their tensors.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/weight_files.h"

#include <set>

#include "offline/files/input_error.h"
#include "offline/files/json_value.h"
#include "offline/files/text.h"
#include "offline/formats/safetensors.h"
#include "offline/formats/unreadable.h"
#include "runtime/format/sha256.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;
constexpr const char* kSingleName = "model.safetensors";
constexpr const char* kIndexName = "model.safetensors.index.json";

/// Which shard each tensor is said to be in.
using ShardOf = std::map<std::string, std::string>;

/// A plain name inside the folder: the index may not lead anywhere else.
std::string shard_name(const JsonValue& value) {
  const std::string& name = value.text();
  if (name.find_first_of(std::string_view("/\\\0", 3)) != std::string::npos ||
      !name.ends_with(".safetensors") || name.starts_with('.')) {
    value.refuse("is " + value.quoted() + ", not a plain .safetensors file name");
  }
  return name;
}

ShardOf read_index(const fs::path& path) {
  const JsonValue weight_map = read_json_document(path)["weight_map"];
  ShardOf shards;
  for (const std::string& tensor : weight_map.keys()) {
    shards[tensor] = shard_name(weight_map[tensor]);
  }
  return shards;
}

void check_listed(const SafetensorsFile& file, const fs::path& path, const ShardOf& shard_of) {
  for (const auto& [name, tensor] : file.tensors) {
    const auto listed = shard_of.find(name);
    if (listed != shard_of.end() && listed->second == path.filename()) continue;
    throw InputError(path.string() + ": /" + name,
                     listed == shard_of.end()
                         ? "the index does not list this tensor"
                         : "the index says this tensor is in " + listed->second);
  }
}

/// @param shard_of  the index; null for a file that has none
void add_file(WeightFiles& files, const fs::path& path, const ShardOf* shard_of) {
  SafetensorsFile file = read_safetensors(path);
  files.mappings.push_back(file.mapping);
  files.metadata.merge(file.metadata);
  if (shard_of != nullptr) check_listed(file, path, *shard_of);
  files.tensors.merge(file.tensors);
}

WeightFiles read_shards(const fs::path& folder) {
  WeightFiles files;
  files.source = kIndexName;
  const fs::path index_path = folder / kIndexName;
  const ShardOf shard_of = read_index(index_path);
  std::set<std::string> shards;
  for (const auto& [tensor, shard] : shard_of) shards.insert(shard);
  for (const std::string& shard : shards) add_file(files, folder / shard, &shard_of);
  for (const auto& [tensor, shard] : shard_of) {
    if (!files.tensors.contains(tensor)) {
      throw InputError(index_path.string() + ": /weight_map/" + tensor,
                       shard + " has no such tensor; fetch the model again");
    }
  }
  return files;
}

}  // namespace

WeightFiles read_weight_files(const fs::path& folder) {
  if (fs::exists(folder / kSingleName)) {
    WeightFiles files;
    files.source = kSingleName;
    add_file(files, folder / kSingleName, nullptr);
    return files;
  }
  if (fs::exists(folder / kIndexName)) return read_shards(folder);
  const std::string others = unreadable_weights(folder).value_or("holds no weights");
  throw InputError(folder.string(), std::string("has neither ") + kSingleName + " nor " +
                                        kIndexName + ": it " + others +
                                        "; give a folder with safetensors in it");
}

std::string sha256_of(const std::vector<std::shared_ptr<const MappedFile>>& files) {
  format::Sha256 hash;
  for (const auto& file : files) {
    const auto bytes = file->bytes();
    hash.update({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
  }
  return hex(hash.finish().bytes);
}

}  // namespace nibble::offline
