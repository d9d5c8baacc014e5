// Unicode's normalization form C of a stream of code points (UAX #15), written as UTF-8.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/status.h>

#include "runtime/format/blob.h"

namespace nibble {

/// The arrays behind format::NormalizationCounts.
class NormalizationTable {
 public:
  /// @param table  verify_normalization() has passed, or null: an empty table
  explicit NormalizationTable(const uint8_t* table);

  uint8_t combining_class(uint32_t code) const;
  /// What one code point is mapped to. @returns `code` itself for none
  uint32_t mapped(uint32_t code) const;
  /// @returns whether the code point is a pair; then `second` has its second part
  bool split(uint32_t& code, uint32_t& second) const;
  /// @returns 0: the two do not compose
  uint32_t compose(uint32_t first, uint32_t second) const;
  static uint64_t bytes(const format::NormalizationCounts& counts);
  /// Whether all indices are inside the table.
  bool is_sound() const;

 private:
  uint64_t pair_key(uint32_t pair) const;

  format::NormalizationCounts counts_ = {};
  const uint32_t *combining_ = nullptr, *pairs_ = nullptr, *mappings_ = nullptr;
  const uint16_t *parts_ = nullptr, *compositions_ = nullptr, *targets_ = nullptr;
};

class Composer {
 public:
  /// Longer runs of combining characters are cut here, as UAX #15's Stream-Safe Text Format has it.
  static constexpr size_t kMaxSegment = 32;

  /// @param out  where it ends, the text is cut: the caller makes it large enough for every text
  Composer(const uint8_t* table, Span<char> out) : table_(table), out_(out) {}

  /// Decomposes a code point, and composes it with what came before.
  void add(uint32_t code);
  /// A byte of its own: nothing composes with it.
  void write_byte(char byte);
  void write_mapped(uint32_t code);
  /// @returns all that was written
  Text finish();

 private:
  void add_part(uint32_t code);
  void flush();
  void order();
  void compose();
  void write(uint32_t code);

  const NormalizationTable table_;
  const Span<char> out_;
  size_t written_ = 0;
  uint32_t segment_[kMaxSegment] = {};
  uint8_t classes_[kMaxSegment] = {};
  size_t count_ = 0;
};

}  // namespace nibble
