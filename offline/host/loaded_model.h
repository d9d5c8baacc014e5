// A blob file verified and loaded into this process, and sessions over it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator.h>
#include <nibble/model.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "offline/files/mapped_file.h"
#include "offline/files/part_reader.h"
#include "offline/host/host_memory.h"

namespace nibble::offline {

/// The mapping as the runtime takes it. Throws InputError when the file is empty.
BlobSource blob_of(const MappedFile& file, const std::string& name);

/// The same blob, to be read part by part. @pre source.memory is set; `source` outlives the result
BlobSource part_wise(const BlobSource& source);

/// Weights stored raw are used where the blob lies; compressed ones leave no use for the blob.
/// @returns Keep or Release | any header error
Result<Residency> natural_residency(const BlobSource& source);

/// Weights stored raw stay in the mapped file; compressed ones are read in parts, one for each
/// worker at a time, so that the file's pages are never resident beside them.
class LoadedModel {
 public:
  /// Throws InputError: whatever Model::load() refuses.
  explicit LoadedModel(const std::filesystem::path& path, const LoadConfig& config = {});

  const Model& model() const { return *model_; }
  const std::string& name() const { return name_; }
  Residency residency() const { return residency_; }
  double load_seconds() const { return load_seconds_; }

 private:
  BlobSource source();

  std::string name_;
  MappedFile file_;
  PartReader parts_;
  Residency residency_ = Residency::Keep;
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

}  // namespace nibble::offline
