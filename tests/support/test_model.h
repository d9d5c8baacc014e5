// A blob loaded in the ways that a caller can, and sessions over it, in exactly the memory
// announced.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/batch.h>
#include <nibble/model.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/guarded_memory.h"

namespace nibble::test {

/// The value of a Result; throws std::runtime_error with the error's name.
template <class T>
T checked(const Result<T>& result) {
  if (!result.ok())
    throw std::runtime_error(std::string(error_name(result.error())) + ", where " +
                             std::to_string(result.failure().where));
  return result.value();
}

/// The bytes of a file on a cache line. Throws std::runtime_error if it cannot be read.
GuardedMemory read_blob(const std::filesystem::path& path);

/// Hands out a blob through a callback, and notes what was asked for.
struct CallbackBlob {
  Bytes blob;
  uint64_t next_offset = 0;           ///< Where the last read ended.
  bool ascending = true;              ///< No read went back.
  uint64_t fail_from = ~uint64_t{0};  ///< Reads that reach beyond this offset fail.

  BlobSource source() {
    return {.memory = nullptr, .bytes = blob.size(), .read = read, .context = this};
  }
  static bool read(void* context, uint64_t offset, MutableBytes out);
};

enum class Delivery { Memory, Callback };

/// Throws std::runtime_error where the blob is refused.
class TestModel {
 public:
  /// @pre what Residency::Keep refers to outlives the model
  explicit TestModel(const BlobSource& source, Residency residency = Residency::Keep);
  explicit TestModel(std::span<const uint8_t> blob, Residency residency = Residency::Keep)
      : TestModel(BlobSource::from_memory({blob.data(), blob.size()}), residency) {}
  /// A file's blob, which the model owns as long as it needs it.
  explicit TestModel(const std::filesystem::path& path, Residency residency = Residency::Keep,
                     Delivery delivery = Delivery::Memory);

  const Model& operator*() const { return *model_; }
  const Model* operator->() const { return model_; }
  const LoadNeeds& needs() const { return needs_; }
  bool canaries_whole() const { return arena_.canaries_whole() && blob_.canaries_whole(); }

 private:
  void load(const BlobSource& source, Residency residency);

  GuardedMemory blob_{0};
  LoadNeeds needs_;
  GuardedMemory arena_{0};
  const Model* model_ = nullptr;
};

/// A session in an arena of arena_bytes(). Throws std::runtime_error where it is refused.
class TestSession {
 public:
  explicit TestSession(const Model& model, const SessionConfig& config = {});

  Session& operator*() const { return *session_; }
  Session* operator->() const { return session_; }
  bool canaries_whole() const { return arena_.canaries_whole(); }

 private:
  GuardedMemory arena_;
  Session* session_;
};

/// A batch in an arena of arena_bytes(). Throws std::runtime_error where it is refused.
class TestBatch {
 public:
  TestBatch(const Model& model, const BatchConfig& config);

  Batch* operator->() const { return batch_; }
  Session& operator[](uint32_t index) const { return batch_->session(index); }
  bool canaries_whole() const { return arena_.canaries_whole(); }

 private:
  GuardedMemory arena_;
  Batch* batch_;
};

std::vector<Token> encode(const Model& model, const std::string& text, EncodeMode mode);

inline Span<const Token> span_of(const std::vector<Token>& tokens) {
  return {tokens.data(), tokens.size()};
}

/// Logits as bits: equal means equal to the last one.
using Bits = std::vector<uint32_t>;
Bits bits_of(const Result<Span<const float>>& logits);

}  // namespace nibble::test
