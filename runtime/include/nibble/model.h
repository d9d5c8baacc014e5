// A verified model: opened from memory or through a callback, shared by any number of sessions.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/parallel.h>
#include <nibble/span.h>
#include <nibble/status.h>

namespace nibble {

class Tokenizer;
using Token = uint32_t;

/// Where a blob comes from: memory, or a callback that reads parts of it.
struct BlobSource {
  /// The whole blob, starting on a 64-byte boundary; or null, and `read` is used.
  const uint8_t* memory = nullptr;
  uint64_t bytes = 0;  ///< Of the whole blob.
  /// Fills `out` from `offset`; false = failed. load() reads each byte once, in ascending order;
  /// needs() and memory() read only the first 464.
  bool (*read)(void* context, uint64_t offset, MutableBytes out) = nullptr;
  void* context = nullptr;
  /// Several threads may be in `read` at once, and offsets come in any order: only then are the
  /// chunks behind a callback loaded in parallel.
  bool concurrent_reads = false;

  static BlobSource from_memory(Bytes blob) {
    return {.memory = blob.data(), .bytes = blob.size()};
  }
};

enum class Residency : uint32_t {
  Keep = 0,     ///< The blob's memory outlives the model: uncompressed sections are used in place.
  Release = 1,  ///< The caller may free the blob once load() returns: everything is copied.
};

inline constexpr uint32_t kMaxLoadWorkers = 256;

/// Who loads. Chunks are independent: each worker verifies and unpacks its own.
struct LoadConfig {
  /// 1 … kMaxLoadWorkers, one per thread; each needs scratch of its own. The number used is limited
  /// to the number of chunks, and is 1 unless the source is memory or allows concurrent reads.
  uint32_t workers = 1;
  ParallelFor parallel = {};
};

/// What load() needs. `scratch` is free again when load() returns: a session's arena may use it.
struct LoadNeeds {
  size_t arena_bytes = 0;
  size_t scratch_bytes = 0;
};

/// The line items behind LoadNeeds, for a memory bill. Bytes.
struct ModelMemory {
  size_t state = 0;            ///< The Model object and its table of tensors.
  size_t manifest = 0;         ///< Copied manifest; 0 when used in place.
  size_t tokenizer = 0;        ///< Unpacked tokenizer tables; 0 when used in place.
  size_t weights = 0;          ///< Unpacked weights; 0 when used in place.
  size_t scratch_zstd = 0;     ///< Each worker's decompressor workspace, during load.
  size_t scratch_staging = 0;  ///< Each worker's stored chunk, during load through a callback.
  size_t scratch_results = 0;  ///< What several workers report; 0 for one.
};

/// Numbers of a model, all in elements or tokens.
struct ModelShape {
  uint32_t vocabulary, context_tokens, default_context_tokens, width, layers, heads, kv_heads,
      head_dimension, ffn_width;
};

/// What the blob says about itself. UTF-8 without control bytes; any may be empty.
struct ModelStrings {
  Text name, architecture, license, source, source_sha256, quantization, tool;
};

/// The blob's record of its own behavior; see <nibble/self_test.h>.
struct SelfTest {
  Span<const Token> prompt;
  Span<const Token> generated;
  Bytes logits_sha256;  ///< 32 bytes, over the logits each generated token was picked from.
};

/// A loaded model: lives at the start of its arena, read-only, nothing to destroy.
/// Safe to share between threads and sessions.
class Model {
 public:
  /// Exact bytes load() needs. Checks header, counts and section sizes, but no hash yet: the
  /// figures are good for sizing memory only, load() verifies them.
  /// @returns needs | any header error | BadCount | BadHyperparameter | BadSection |
  ///          ReservedNotZero | ArenaMisaligned (the blob) | ReadFailed | BadArgument (workers)
  static Result<LoadNeeds> needs(const BlobSource& source, Residency residency,
                                 uint32_t workers = 1);
  static Result<ModelMemory> memory(const BlobSource& source, Residency residency,
                                    uint32_t workers = 1);

  /// Verifies in this order, and uses nothing before it is verified: header, manifest hash, tables,
  /// program; for each chunk its stored hash, its frame, its uncompressed hash; the tokenizer's
  /// tables.
  /// @param arena    64-byte aligned, at least needs().arena_bytes; outlives the model
  /// @param scratch  64-byte aligned, at least needs().scratch_bytes for these workers; free when
  /// this returns
  /// @returns a model inside `arena` | any error of status.h's blob groups | ArenaTooSmall |
  ///          ArenaMisaligned | ReadFailed. After an error the arena holds nothing of use. Of
  ///          several chunks that fail, the first is reported, whatever the workers.
  /// Cost: one SHA-256 pass over uncompressed chunks; two passes and one decompression for others.
  static Result<const Model*> load(const BlobSource& source, Residency residency,
                                   MutableBytes arena, MutableBytes scratch,
                                   const LoadConfig& config = {});

  const ModelShape& shape() const;
  const Tokenizer& tokenizer() const;
  /// SHA-256 of header and manifest: the blob's identity. 32 bytes.
  Bytes identity() const;
  const ModelStrings& strings() const;
  const SelfTest& self_test() const;

 protected:  // Made by load() only, and never copied out of its arena.
  Model() = default;
  Model(const Model&) = default;
  Model& operator=(const Model&) = default;
};

}  // namespace nibble
