// Protobuf's wire format, as far as tokenizer.model uses it: no groups.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/protobuf_reader.h"

#include <bit>

#include "offline/files/input_error.h"

namespace nibble::offline {

bool ProtobufReader::next() {
  if (pending_) skip();
  if (at_ == message_.size()) return false;
  field_start_ = at_;
  const uint64_t key = read_varint();
  if (key >> 3 == 0 || key >> 3 >= 1u << 29) fail("has an impossible protobuf field number");
  field_ = static_cast<uint32_t>(key >> 3);
  type_ = static_cast<uint32_t>(key & 7);
  pending_ = true;
  return true;
}

uint64_t ProtobufReader::varint() {
  expect(kVarint);
  return read_varint();
}

float ProtobufReader::fixed32_float() {
  expect(kFixed32);
  uint32_t bits = 0;
  const std::string_view bytes = read_bytes(4);
  for (int i = 3; i >= 0; --i) bits = bits << 8 | static_cast<uint8_t>(bytes[i]);
  return std::bit_cast<float>(bits);
}

std::string_view ProtobufReader::bytes() {
  expect(kBytes);
  return read_bytes(read_varint());
}

ProtobufReader ProtobufReader::message() {
  const std::string_view nested = bytes();
  return {nested, where_, offset_ + static_cast<uint64_t>(nested.data() - message_.data())};
}

void ProtobufReader::fail(const std::string& what) const {
  throw InputError(where_ + ": offset " + std::to_string(field_offset()), what);
}

void ProtobufReader::expect(WireType type) {
  if (type_ != type) {
    fail("has protobuf field " + std::to_string(field_) + " of wire type " + std::to_string(type_) +
         " instead of " + std::to_string(type));
  }
  pending_ = false;
}

void ProtobufReader::skip() {
  pending_ = false;
  switch (type_) {
    case kVarint:
      read_varint();
      return;
    case kFixed64:
      read_bytes(8);
      return;
    case kBytes:
      read_bytes(read_varint());
      return;
    case kFixed32:
      read_bytes(4);
      return;
    default:
      fail("has a protobuf field of unknown wire type " + std::to_string(type_));
  }
}

uint64_t ProtobufReader::read_varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = static_cast<uint8_t>(read_bytes(1).front());
    if (shift == 63 && byte > 1) fail("has a protobuf integer of more than 64 bits");
    value |= uint64_t{byte & 0x7Fu} << shift;
    if (byte < 0x80) return value;
  }
  fail("has a protobuf integer of more than 64 bits");
}

std::string_view ProtobufReader::read_bytes(uint64_t count) {
  if (count > message_.size() - at_) fail("is cut off or damaged: a protobuf field ends too early");
  const std::string_view bytes = message_.substr(at_, count);
  at_ += count;
  return bytes;
}

}  // namespace nibble::offline
