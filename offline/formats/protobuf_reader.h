// The fields of one protobuf message, in order, every length checked.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace nibble::offline {

/// Walks a message without copying or recursion; a nested message is a bytes() field given to
/// another reader. Every function throws InputError, with file and offset, where the bytes end
/// early, a varint has more than 64 bits, or a field has another wire type than asked for.
class ProtobufReader {
 public:
  /// @param where  the file, for messages
  /// @param offset  of `message` in the file
  ProtobufReader(std::string_view message, const std::string& where, uint64_t offset = 0)
      : message_(message), where_(where), offset_(offset) {}

  /// Goes to the next field, skipping what is left of this one. False at the message's end.
  bool next();
  uint32_t field() const { return field_; }
  /// Where the current field starts in the file.
  uint64_t field_offset() const { return offset_ + field_start_; }

  uint64_t varint();
  bool boolean() { return varint() != 0; }
  float fixed32_float();
  std::string_view bytes();
  /// A reader of the current field's bytes.
  ProtobufReader message();

  [[noreturn]] void fail(const std::string& what) const;

 private:
  enum WireType : uint32_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };
  void expect(WireType type);
  void skip();
  uint64_t read_varint();
  std::string_view read_bytes(uint64_t count);

  std::string_view message_;
  const std::string& where_;
  uint64_t offset_;
  size_t at_ = 0;
  size_t field_start_ = 0;
  uint32_t field_ = 0;
  uint32_t type_ = 0;
  bool pending_ = false;  ///< The current field's value has not been read.
};

}  // namespace nibble::offline
