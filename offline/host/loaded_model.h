// A blob verified and loaded into this process, and sessions over it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/batch.h>
#include <nibble/generator.h>
#include <nibble/model.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "offline/files/mapped_file.h"
#include "offline/host/host_memory.h"

namespace nibble::offline {

/// Whether a file is named or starts as blobs do. Throws nothing.
bool is_blob(const std::filesystem::path& path);

/// The mapping as the runtime takes it. Throws InputError when the file is empty.
BlobSource blob_of(const MappedFile& file, const std::string& name);

/// How the bytes of a blob file reach the runtime.
enum class BlobAccess {
  /// Uncompressed weights are used in the mapped file. A compressed blob is read in parts, one per
  /// worker at a time, so that the file's pages are never resident beside its weights.
  Lean,
  /// Everything is verified in the mapped file, for callers of verified_bytes().
  Mapped,
};

/// A blob, verified and loaded. It is loaded once; whatever is asked later needs no second load.
class LoadedModel {
 public:
  /// The file is opened once. Throws InputError: whatever Model::load() refuses.
  explicit LoadedModel(const std::filesystem::path& path, const LoadConfig& config = {},
                       BlobAccess access = BlobAccess::Lean);
  /// A blob in memory, kept there.
  /// @param name  names the blob in messages
  /// @param blob  64-byte aligned; outlives the model
  LoadedModel(std::string name, Bytes blob);

  const Model& model() const { return *model_; }
  const std::string& name() const { return name_; }
  double load_seconds() const { return load_seconds_; }

  /// The whole blob, the very bytes that were verified.
  /// @pre the blob was in memory, or the access was BlobAccess::Mapped
  Bytes verified_bytes() const { return blob_; }
  uint64_t blob_bytes() const { return blob_.size(); }

  /// What suits the blob on a target: Keep if the weights are stored uncompressed and can be used
  /// where they are stored, else Release.
  Residency natural_residency() const;
  /// What loading the blob needs on a target that keeps it in memory, or else reads it in parts.
  ModelMemory memory(Residency residency) const;
  LoadNeeds needs(Residency residency) const;

 private:
  void load(const BlobSource& source, Residency residency, const LoadConfig& config);
  BlobSource in_memory() const { return BlobSource::from_memory(blob_); }
  BlobSource in_parts() const;

  std::string name_;
  std::optional<MappedFile> file_;
  Bytes blob_;
  HostMemory arena_;
  const Model* model_ = nullptr;
  double load_seconds_ = 0;
};

/// A session with an arena of its own. Throws InputError, naming the model's file.
class HostSession {
 public:
  HostSession(const LoadedModel& model, const SessionConfig& config);
  HostSession(HostSession&&) = default;
  Session& operator*() const { return *session_; }
  Session* operator->() const { return session_; }

 private:
  HostMemory arena_;
  Session* session_ = nullptr;
};

/// Sessions that are computed together, in one arena. Throws InputError, naming the model's file.
class HostBatch {
 public:
  HostBatch(const LoadedModel& model, const BatchConfig& config);
  HostBatch(HostBatch&&) = default;
  Batch& operator*() const { return *batch_; }
  Batch* operator->() const { return batch_; }

 private:
  HostMemory arena_;
  Batch* batch_ = nullptr;
};

/// A generator with an arena of its own. Throws InputError, naming the model's file.
class HostGenerator {
 public:
  HostGenerator(const LoadedModel& model, const GeneratorConfig& config);
  HostGenerator(HostGenerator&&) = default;
  Generator& operator*() const { return *generator_; }
  Generator* operator->() const { return generator_; }

 private:
  HostMemory arena_;
  Generator* generator_ = nullptr;
};

/// Throws InputError.
std::vector<Token> encode(const Tokenizer& tokenizer, std::string_view text, EncodeMode mode);
/// The same of a text in parts, of which some may spell control tokens.
std::vector<Token> encode(const Tokenizer& tokenizer, Span<const TextPart> parts, EncodeMode mode);

}  // namespace nibble::offline
