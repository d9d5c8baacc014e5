// Reads parts of a blob: a view where it is in memory, else through the caller's callback.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/model.h>

namespace nibble::model {

class BlobReader {
 public:
  explicit BlobReader(const BlobSource& source) : source_(source) {}

  bool in_memory() const { return source_.memory != nullptr; }
  uint64_t size() const { return source_.bytes; }

  /// Bytes [offset, offset + count), in place if the blob is in memory, else in `buffer`.
  /// @pre the range is inside the blob
  /// @returns a view | ReadFailed (where = offset) | BadArgument (the buffer is too short)
  Result<Bytes> at(uint64_t offset, size_t count, MutableBytes buffer) const {
    if (in_memory()) return Bytes(source_.memory + offset, count);
    if (count > buffer.size()) return Error::BadArgument;
    if (count != 0 && !source_.read(source_.context, offset, buffer.first(count)))
      return Failure{Error::ReadFailed, offset};
    return Bytes(buffer.data(), count);
  }

 private:
  const BlobSource& source_;
};

}  // namespace nibble::model
