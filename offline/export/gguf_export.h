// A model as a GGUF file that llama.cpp runs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "offline/export/block_rows.h"
#include "offline/export/export_source.h"

namespace nibble::offline {

/// What was written.
struct GgufSummary {
  uint64_t file_bytes = 0;
  uint32_t tensors = 0;
  std::map<std::string, uint32_t> matrices;  ///< by the name of their type
  uint32_t rounded = 0;            ///< matrices whose values are not the source's, bit for bit
  std::vector<std::string> notes;  ///< where llama.cpp computes something else
};

/// Writes the file whole or not at all. Vectors are F32. Matrices that already are codes keep them
/// where `type` holds them; all others are rounded to the nearest.
/// @param tool  for the key general.quantized_by
/// Throws InputError for an architecture or vocabulary that GGUF or llama.cpp has not, and for
/// weights that no half holds; OutputError.
GgufSummary export_gguf(const ExportSource& source, ExportType type, const std::string& tool,
                        const std::filesystem::path& path);

}  // namespace nibble::offline
