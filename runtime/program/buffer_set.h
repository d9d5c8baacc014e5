// The set of buffers whose contents are defined: a buffer plan uses the same bytes several times.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include "runtime/format/layout.h"

namespace nibble::program {

/// The buffers whose contents are defined, one bit per buffer. Writing a buffer makes the contents
/// of all others that share bytes with it undefined.
class BufferSet {
 public:
  /// @pre buffers.size() <= kMaxBuffers
  explicit BufferSet(Span<const format::BufferRecord> buffers) {
    for (size_t i = 0; i < buffers.size(); ++i) overlaps_[i] = overlaps_of(buffers, i);
  }

  bool is_defined(uint16_t buffer) const { return (defined_ & bit(buffer)) != 0; }
  bool overlap(uint16_t a, uint16_t b) const { return (overlaps_[a] & bit(b)) != 0; }
  void write(uint16_t buffer) { defined_ = (defined_ & ~overlaps_[buffer]) | bit(buffer); }

 private:
  static uint64_t bit(size_t buffer) { return uint64_t{1} << buffer; }

  // Rows of the two kinds are in different areas. A row count scales offsets and sizes alike, so
  // buffers that do not overlap for one row do not overlap for any number of rows.
  static uint64_t overlaps_of(Span<const format::BufferRecord> buffers, size_t subject) {
    const format::BufferRecord& a = buffers[subject];
    uint64_t overlaps = 0;
    for (size_t i = 0; i < buffers.size(); ++i) {
      const format::BufferRecord& b = buffers[i];
      const uint64_t a_end = uint64_t{a.row_offset_bytes} + format::row_bytes(a);
      const uint64_t b_end = uint64_t{b.row_offset_bytes} + format::row_bytes(b);
      if (a.rows == b.rows && a.row_offset_bytes < b_end && b.row_offset_bytes < a_end)
        overlaps |= bit(i);
    }
    return overlaps;
  }

  uint64_t overlaps_[format::kMaxBuffers] = {};
  uint64_t defined_ = 0;
};
static_assert(format::kMaxBuffers == 64, "a set of buffers is one uint64_t");

}  // namespace nibble::program
