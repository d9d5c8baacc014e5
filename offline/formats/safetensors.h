// Safetensors: a JSON table of tensors, then their bytes, without gap or overlap.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "offline/files/mapped_file.h"
#include "offline/weights/source_tensors.h"
#include "runtime/format/layout.h"

namespace nibble::offline {

inline constexpr uint64_t kMaxSafetensorsHeaderBytes = 100'000'000;
inline constexpr size_t kMaxSafetensorsRank = 8;
/// More than a blob holds are of no use, and each costs memory beyond its bytes.
inline constexpr size_t kMaxSafetensorsTensors = format::kMaxTensors;

struct SafetensorsFile {
  std::shared_ptr<const MappedFile> mapping;
  SourceTensors tensors;  ///< each keeps `mapping` alive
  std::map<std::string, std::string> metadata;
};

/// Reads the table of one file. A rank of 0 is one element; a dimension of 0 is no bytes.
/// Throws InputError unless every byte of the file belongs to exactly one tensor or to the table.
SafetensorsFile read_safetensors(const std::filesystem::path& path);

}  // namespace nibble::offline
