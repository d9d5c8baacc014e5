// The bytes of a blob, wherever it is: a view of memory, or read into a buffer.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/model.h>

namespace nibble::program {

class BlobBytes {
 public:
  explicit BlobBytes(const BlobSource& source) : source_(source) {}

  bool in_memory() const { return source_.memory != nullptr; }
  uint64_t size() const { return source_.bytes; }

  /// Bytes [offset, offset + count), in place if the blob is in memory, else in `buffer`.
  /// @pre the range lies inside the blob
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

}  // namespace nibble::program
