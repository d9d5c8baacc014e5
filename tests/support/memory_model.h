// A blob built in memory, loaded the ways a caller can; sessions over it in exact arenas.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/model.h>
#include <nibble/session.h>

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

#include "offline/blob/blob_bytes.h"
#include "tests/support/guarded_memory.h"

namespace nibble::test {

/// Hands out a blob through a callback, and notes what was asked for.
struct CallbackBlob {
  const offline::BlobBytes* blob = nullptr;
  uint64_t next_offset = 0;           ///< Where the last read ended.
  bool ascending = true;              ///< No read went back.
  uint64_t fail_from = ~uint64_t{0};  ///< Reads that reach this offset fail.

  BlobSource source() {
    return {.memory = nullptr, .bytes = blob->size(), .read = read, .context = this};
  }
  static bool read(void* context, uint64_t offset, MutableBytes out) {
    auto& self = *static_cast<CallbackBlob*>(context);
    if (offset + out.size() > self.fail_from) return false;
    self.ascending = self.ascending && offset >= self.next_offset;
    self.next_offset = offset + out.size();
    std::memcpy(out.data(), self.blob->data() + offset, out.size());
    return true;
  }
};

/// Memory full of NaNs: whatever is read before it was written shows.
inline GuardedMemory poisoned(size_t bytes) {
  GuardedMemory memory(bytes);
  std::memset(memory.bytes().data(), 0xFF, bytes);
  return memory;
}

/// Loads in exactly the memory that was said to be needed. Throws where the blob is refused.
class MemoryModel {
 public:
  explicit MemoryModel(const BlobSource& source, Residency residency = Residency::Keep)
      : needs_(checked(Model::needs(source, residency))), arena_(poisoned(needs_.arena_bytes)) {
    const GuardedMemory scratch = poisoned(needs_.scratch_bytes);
    model_ = checked(Model::load(source, residency, arena_.bytes(), scratch.bytes()));
    if (!scratch.canaries_whole()) throw std::runtime_error("load() wrote beside its scratch");
  }
  explicit MemoryModel(const offline::BlobBytes& blob, Residency residency = Residency::Keep)
      : MemoryModel(BlobSource::from_memory({blob.data(), blob.size()}), residency) {}

  const Model& operator*() const { return *model_; }
  const Model* operator->() const { return model_; }
  const LoadNeeds& needs() const { return needs_; }
  bool canaries_whole() const { return arena_.canaries_whole(); }

  template <class T>
  static T checked(const Result<T>& result) {
    if (!result.ok()) throw std::runtime_error(error_name(result.error()));
    return result.value();
  }

 private:
  LoadNeeds needs_;
  GuardedMemory arena_;
  const Model* model_ = nullptr;
};

class MemorySession {
 public:
  explicit MemorySession(const Model& model, const SessionConfig& config = {})
      : arena_(poisoned(MemoryModel::checked(Session::arena_bytes(model, config)))),
        session_(MemoryModel::checked(Session::create(model, config, arena_.bytes()))) {}

  Session& operator*() const { return *session_; }
  Session* operator->() const { return session_; }
  bool canaries_whole() const { return arena_.canaries_whole(); }

 private:
  GuardedMemory arena_;
  Session* session_;
};

/// Logits as bits: equal means equal to the last one.
using Bits = std::vector<uint32_t>;
inline Bits bits_of(const Result<Span<const float>>& logits) {
  const Span<const float> row = MemoryModel::checked(logits);
  Bits bits(row.size());
  std::memcpy(bits.data(), row.data(), row.size() * sizeof(uint32_t));
  return bits;
}

inline Span<const Token> span_of(const std::vector<Token>& tokens) {
  return {tokens.data(), tokens.size()};
}

}  // namespace nibble::test
