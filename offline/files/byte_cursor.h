// Reads numbers and counted bytes from the front of a file's bytes, never beyond their end.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "offline/files/input_error.h"

namespace nibble::offline {

/// Little-endian. Every function throws InputError, with file and offset, where the bytes end
/// before what was asked for; `what` names that in the message.
class ByteCursor {
 public:
  /// @param where  the file, for messages; outlives this
  ByteCursor(std::span<const std::byte> bytes, const std::string& where)
      : bytes_(bytes), where_(where) {}

  uint64_t offset() const { return at_; }
  uint64_t left() const { return bytes_.size() - at_; }

  std::string_view take(uint64_t count, const std::string& what) {
    if (count > left()) {
      fail("ends within " + what + ": " + std::to_string(count) + " bytes are announced, " +
           std::to_string(left()) + " are left; the file is cut off or damaged, fetch it again");
    }
    const auto* const first = reinterpret_cast<const char*>(bytes_.data() + at_);
    at_ += count;
    return {first, count};
  }

  template <class T>
  T number(const std::string& what) {
    T value;
    std::memcpy(&value, take(sizeof value, what).data(), sizeof value);
    return value;
  }

  [[noreturn]] void fail(const std::string& what) const { fail_at(at_, what); }
  [[noreturn]] void fail_at(uint64_t offset, const std::string& what) const {
    throw InputError(where_ + ": offset " + std::to_string(offset), what);
  }

 private:
  std::span<const std::byte> bytes_;
  const std::string& where_;
  uint64_t at_ = 0;
};

}  // namespace nibble::offline
