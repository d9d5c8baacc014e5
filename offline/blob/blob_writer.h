// Writes records, strings and sections as a sealed blob, byte for byte as docs/FORMAT.md says.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <array>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "offline/blob/blob_bytes.h"
#include "runtime/format/blob.h"
#include "runtime/format/sha256.h"

namespace nibble::offline {

/// The bytes of a section, uncompressed, and how the blob stores them.
struct SectionSource {
  format::Storage storage = format::Storage::Zstd;
  std::span<const uint8_t> bytes;  ///< Must outlive build_blob().
};

/// Everything a blob says. The writer checks nothing: the runtime's verifier does, on the result.
struct BlobContents {
  /// Counts and string_bytes are filled in from what follows.
  format::Manifest manifest{};
  std::array<std::string, format::kStringCount> strings;  ///< by StringIndex
  std::vector<std::string> tensor_names;                  ///< one per tensor
  std::vector<format::TensorRecord> tensors;
  std::vector<format::BufferRecord> buffers;
  std::vector<format::OpRecord> ops;
  std::vector<uint32_t> self_test_prompt;
  /// There are as many as the self-test will generate; set_self_test() fills them in later.
  std::vector<uint32_t> self_test_generated;
  std::array<SectionSource, format::kSectionCount> sections;  ///< by SectionKind
};

struct BlobOptions {
  int level = 3;  ///< zstd
  /// Called with the share of chunks done, 0 … 1, from the thread that called build_blob().
  std::function<void(double done)> progress;
};

/// Builds the whole blob and seals it. The same contents and level give the same bytes. Memory use
/// is that of the blob and of 32 chunks.
/// Throws std::invalid_argument when tensor names and tensors differ in number.
BlobBytes build_blob(const BlobContents& contents, const BlobOptions& options);

/// Stores the results of the self-test, and seals the blob again.
/// @param blob       a result of build_blob()
/// @param generated  as many as the blob was built with
/// Throws std::invalid_argument.
void set_self_test(std::span<uint8_t> blob, std::span<const uint32_t> generated,
                   const format::Sha256Digest& logits);

/// Computes the header's digest again. A blob whose header states impossible sizes stays unchanged.
/// @param blob  8-byte aligned
void reseal(std::span<uint8_t> blob);

}  // namespace nibble::offline
