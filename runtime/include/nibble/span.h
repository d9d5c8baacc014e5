// A pointer and a count: the only container the runtime's interface uses.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/check.h>
#include <stddef.h>
#include <stdint.h>

namespace nibble {

/// A view of `size()` consecutive T. Owns nothing; the memory must outlive the view. What is @pre
/// is checked in debug and sanitizer builds (NIBBLE_CHECK).
template <class T>
class Span {
 public:
  constexpr Span() = default;
  constexpr Span(T* data, size_t size) : data_(data), size_(size) {}
  template <size_t N>
  constexpr Span(T (&array)[N]) : data_(array), size_(N) {}
  /// A view of T converts to a view of const T.
  constexpr operator Span<const T>() const { return {data_, size_}; }

  constexpr T* data() const { return data_; }
  constexpr size_t size() const { return size_; }
  constexpr bool empty() const { return size_ == 0; }
  /// @pre index < size()
  constexpr T& operator[](size_t index) const {
    NIBBLE_CHECK(index < size_);
    return data_[index];
  }
  constexpr T* begin() const { return data_; }
  constexpr T* end() const { return data_ + size_; }

  /// The first `count` elements. @pre count <= size()
  constexpr Span first(size_t count) const {
    NIBBLE_CHECK(count <= size_);
    return {data_, count};
  }
  /// All but the first `count` elements. @pre count <= size()
  constexpr Span from(size_t count) const {
    NIBBLE_CHECK(count <= size_);
    return {data_ + count, size_ - count};
  }
  /// `count` elements starting at `begin`. @pre begin + count <= size()
  constexpr Span slice(size_t begin, size_t count) const {
    NIBBLE_CHECK(begin <= size_ && count <= size_ - begin);
    return {data_ + begin, count};
  }

 private:
  T* data_ = nullptr;
  size_t size_ = 0;
};

using Bytes = Span<const uint8_t>;
using MutableBytes = Span<uint8_t>;
using Text = Span<const char>;

}  // namespace nibble
