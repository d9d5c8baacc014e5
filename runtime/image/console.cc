// Formatting without a C library.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/image/console.h"

#include "runtime/ports/port.h"

namespace nibble::image {
namespace {

constexpr size_t kMaxDigits = 20;  // of 2^64 in decimal

void print_in_base(uint64_t value, uint64_t base) {
  char digits[kMaxDigits];
  size_t begin = kMaxDigits;
  do {
    digits[--begin] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  port_write(digits + begin, kMaxDigits - begin);
}

}  // namespace

void print(const char* text) {
  size_t length = 0;
  while (text[length] != '\0') ++length;
  port_write(text, length);
}

void print(Text text) {
  port_write(text.data(), text.size());
}

void print_number(uint64_t value) {
  print_in_base(value, 10);
}

void print_hex(uint64_t value) {
  print_in_base(value, 16);
}

void print_hex(Bytes bytes) {
  for (const uint8_t byte : bytes) {
    const char pair[] = {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
    print(Text(pair));
  }
}

}  // namespace nibble::image
