// Holds back the longest end of the text that begins a stop text.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/session/stop_filter.h"

namespace nibble {
namespace {

bool starts_with(Text text, Text start) {
  return text.size() >= start.size() &&
         __builtin_memcmp(text.data(), start.data(), start.size()) == 0;
}

}  // namespace

size_t StopFilter::held_bytes(Span<const Text> stop_texts) {
  size_t longest = 1;
  for (const Text stop : stop_texts) longest = stop.size() > longest ? stop.size() : longest;
  return longest - 1;
}

void StopFilter::begin() {
  held_bytes_ = 0;
  has_stopped_ = false;
}

Span<char> StopFilter::room() {
  for (size_t i = 0; i < held_bytes_; ++i) buffer_[i] = buffer_[held_begin_ + i];
  held_begin_ = 0;
  return buffer_.from(held_bytes_);
}

Text StopFilter::push(size_t bytes) {
  const Text text(buffer_.data(), held_bytes_ + bytes);
  const size_t stop = has_stopped_ ? 0 : first_stop(text);
  has_stopped_ = has_stopped_ || stop != text.size();
  held_bytes_ = has_stopped_ ? 0 : undecided_bytes(text);
  held_begin_ = has_stopped_ ? stop : text.size() - held_bytes_;
  return text.first(held_begin_);
}

Text StopFilter::finish(size_t bytes) {
  const size_t shown_bytes = push(bytes).size() + held_bytes_;
  held_bytes_ = 0;
  return Text(buffer_.data(), shown_bytes);
}

/// Where the first stop text begins, or the text's end if there is none.
size_t StopFilter::first_stop(Text text) const {
  for (size_t begin = 0; begin < text.size(); ++begin)
    for (const Text stop : stop_texts_)
      if (starts_with(text.from(begin), stop)) return begin;
  return text.size();
}

/// Bytes of the longest end of the text that begins a stop text. @pre first_stop() found none
size_t StopFilter::undecided_bytes(Text text) const {
  const size_t most = held_bytes(stop_texts_);
  for (size_t bytes = text.size() < most ? text.size() : most; bytes != 0; --bytes)
    for (const Text stop : stop_texts_)
      if (starts_with(stop, text.from(text.size() - bytes))) return bytes;
  return 0;
}

}  // namespace nibble
