// llama2.c's checkpoints: a header of seven numbers, then tensors of fixed shapes, all layers of a
// kind together.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "offline/files/mapped_file.h"
#include "offline/weights/source_tensors.h"

namespace nibble::offline {

/// What a header says, in any version (llama2.c, export.py).
struct Llama2cHeader {
  uint32_t version = 0;  ///< 0: floats, no magic number; 1: floats; 2: eight bits
  uint32_t dim = 0, hidden_dim = 0, layers = 0, heads = 0, kv_heads = 0, vocab_size = 0,
           max_seq_len = 0;
  bool is_tied = false;
  uint32_t group = 0;  ///< of version 2: weights per scale

  uint32_t kv_dim() const { return dim / heads * kv_heads; }
};

/// The bytes a header takes in versions 1 and 2.
inline constexpr uint32_t kLlama2cHeaderBytes = 256;

/// Nothing where the first bytes are no header: version 0 is recognized by numbers that make sense.
std::optional<Llama2cHeader> parse_llama2c_header(std::span<const std::byte> first_bytes);

/// A checkpoint's tensors, by their Hugging Face names and in Hugging Face's order of rows.
struct Llama2cCheckpoint {
  Llama2cHeader header;
  std::shared_ptr<const MappedFile> mapping;
  SourceTensors tensors;
};

/// Throws InputError, with file and offset, for a header that makes no sense and for a file that is
/// shorter or longer than its header makes it.
Llama2cCheckpoint read_llama2c(const std::filesystem::path& path);

}  // namespace nibble::offline
