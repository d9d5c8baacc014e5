// A blob from disk, loaded the ways a caller can, with sessions over it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/model.h>
#include <nibble/session.h>

#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/guarded_memory.h"

namespace nibble::test {

enum class Delivery { Memory, Callback };

/// The bytes of a file on a cache line. Throws std::runtime_error if it cannot be read.
GuardedMemory read_blob(const std::filesystem::path& path);

/// A source that hands out `blob` through a callback. @pre blob outlives what is loaded from it
BlobSource callback_source(const MutableBytes& blob);

/// Throws std::runtime_error, naming the error, where the blob is refused.
class LoadedModel {
 public:
  explicit LoadedModel(const std::filesystem::path& blob, Residency residency = Residency::Keep,
                       Delivery delivery = Delivery::Memory);

  const Model& operator*() const { return *model_; }
  const Model* operator->() const { return model_; }
  bool canaries_whole() const { return arena_.canaries_whole() && blob_.canaries_whole(); }

 private:
  MutableBytes blob_bytes_;
  GuardedMemory blob_;
  GuardedMemory arena_;
  const Model* model_ = nullptr;
};

/// A session and its arena of exactly arena_bytes(). Throws std::runtime_error where it is refused.
class OwnedSession {
 public:
  OwnedSession(const Model& model, const SessionConfig& config);

  Session* operator->() const { return session_; }
  Session* get() const { return session_; }
  bool canaries_whole() const { return arena_.canaries_whole(); }

 private:
  GuardedMemory arena_;
  Session* session_ = nullptr;
};

/// The value of a Result; throws std::runtime_error with the error's name.
template <class T>
T expect_value(const Result<T>& result, const std::string& doing) {
  if (!result.ok())
    throw std::runtime_error(doing + ": " + error_name(result.error()) + ", where " +
                             std::to_string(result.failure().where));
  return result.value();
}

std::vector<Token> encode(const Model& model, const std::string& text, EncodeMode mode);

}  // namespace nibble::test
