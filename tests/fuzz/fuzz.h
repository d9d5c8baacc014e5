// What a fuzz target is made of: its entry, the claims it makes, memory that sanitizers watch.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "offline/blob/blob_bytes.h"

/// Each target defines this function. It may refuse any input, but must not crash, hang or break a
/// claim.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace nibble::fuzz {

/// What must hold for every input; a fuzzer keeps the input for which it does not.
inline void claim(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "claim broken: %s\n", what);
  std::abort();
}

/// Memory that is cache-line aligned and exactly as large as asked, so that sanitizers see a byte
/// beyond. It is full of NaNs, so that a read before the first write shows.
class Memory {
 public:
  explicit Memory(size_t bytes) : bytes_(bytes, 0xFF) {}
  MutableBytes bytes() { return {bytes_.data(), bytes_.size()}; }

 private:
  offline::BlobBytes bytes_;
};

inline Text text_of(std::string_view text) {
  return {text.data(), text.size()};
}

/// Takes an input apart from the front; gives zeros once it is used up.
class Input {
 public:
  Input(const uint8_t* data, size_t size) : data_(data), left_(size) {}

  bool empty() const { return left_ == 0; }
  uint32_t number(size_t bytes) {
    uint32_t value = 0;
    for (size_t i = 0; i < bytes && left_ != 0; ++i, ++data_, --left_)
      value |= uint32_t{*data_} << (8 * i);
    return value;
  }
  Text rest() const { return {reinterpret_cast<const char*>(data_), left_}; }

 private:
  const uint8_t* data_;
  size_t left_;
};

}  // namespace nibble::fuzz
