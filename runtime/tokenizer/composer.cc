// Canonical decomposition, ordering and composition, a starter and its marks at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/composer.h"

#include "runtime/core/align.h"
#include "runtime/tokenizer/normalizer.h"

namespace nibble {
namespace {

constexpr uint32_t kCodeMask = 0x1FFFFF;  // of an entry; planes are above

// Hangul syllables are composed by arithmetic (The Unicode Standard, 3.12).
constexpr uint32_t kSyllable = 0xAC00, kLead = 0x1100, kVowel = 0x1161, kTail = 0x11A7;
constexpr uint32_t kLeads = 19, kVowels = 21, kTails = 28;

/// The last of the ascending entries whose code, above `shift`, is not above `code`.
/// @returns `count` if there is none
uint32_t last_not_above(const uint32_t* entries, uint32_t count, uint32_t code, uint32_t shift) {
  uint32_t first = 0, last = count;
  while (first != last) {
    const uint32_t middle = first + (last - first) / 2;
    if (((entries[middle] >> shift) & kCodeMask) <= code)
      first = middle + 1;
    else
      last = middle;
  }
  return first == 0 ? count : first - 1;
}

uint32_t find(const uint32_t* entries, uint32_t count, uint32_t code) {
  const uint32_t index = last_not_above(entries, count, code, 0);
  return index != count && (entries[index] & kCodeMask) == code ? index : count;
}

uint32_t on_plane(uint32_t entry, uint32_t shift, uint16_t low) {
  return ((entry >> shift) & 3) << 16 | low;
}

uint32_t compose_hangul(uint32_t first, uint32_t second) {
  if (first - kLead < kLeads && second - kVowel < kVowels)
    return kSyllable + ((first - kLead) * kVowels + (second - kVowel)) * kTails;
  const uint32_t syllable = first - kSyllable, tail = second - kTail;
  const bool has_no_tail = syllable < kLeads * kVowels * kTails && syllable % kTails == 0;
  return has_no_tail && tail - 1 < kTails - 1 ? first + tail : 0;
}

}  // namespace

NormalizationTable::NormalizationTable(const uint8_t* table) {
  if (table == nullptr) return;
  __builtin_memcpy(&counts_, table, sizeof(counts_));
  combining_ = reinterpret_cast<const uint32_t*>(table + sizeof(counts_));
  pairs_ = combining_ + counts_.combining_runs;
  mappings_ = pairs_ + counts_.pairs;
  parts_ = reinterpret_cast<const uint16_t*>(mappings_ + counts_.mappings);
  compositions_ = parts_ + 2 * counts_.pairs;
  targets_ = compositions_ + counts_.compositions;
}

uint64_t NormalizationTable::bytes(const format::NormalizationCounts& counts) {
  const uint64_t words = uint64_t{counts.combining_runs} + counts.pairs + counts.mappings;
  const uint64_t halves = 2 * uint64_t{counts.pairs} + counts.compositions + counts.mappings;
  return sizeof(counts) + align_up<uint64_t>(4 * words + 2 * halves, 4);
}

bool NormalizationTable::is_sound() const {
  for (uint32_t i = 0; i < counts_.compositions; ++i) {
    if (compositions_[i] >= counts_.pairs) return false;
  }
  return true;
}

Status verify_normalization(Bytes table) {
  format::NormalizationCounts counts;
  const Failure bad{Error::BadTokenizer, 0};
  if (table.size() < sizeof(counts)) return bad;
  __builtin_memcpy(&counts, table.data(), sizeof(counts));
  if (NormalizationTable::bytes(counts) != table.size()) return bad;
  return NormalizationTable(table.data()).is_sound() ? Status() : bad;
}

uint8_t NormalizationTable::combining_class(uint32_t code) const {
  const uint32_t run = last_not_above(combining_, counts_.combining_runs, code, 8);
  return run == counts_.combining_runs ? uint8_t{0} : static_cast<uint8_t>(combining_[run]);
}

uint32_t NormalizationTable::mapped(uint32_t code) const {
  const uint32_t i = find(mappings_, counts_.mappings, code);
  return i == counts_.mappings ? code : on_plane(mappings_[i], 21, targets_[i]);
}

bool NormalizationTable::split(uint32_t& code, uint32_t& second) const {
  const uint32_t syllable = code - kSyllable;
  if (syllable < kLeads * kVowels * kTails) {
    const uint32_t tail = syllable % kTails;
    const uint32_t vowel = syllable / kTails % kVowels;
    second = tail != 0 ? kTail + tail : kVowel + vowel;
    code = tail != 0 ? code - tail : kLead + syllable / (kTails * kVowels);
    return true;
  }
  const uint32_t i = find(pairs_, counts_.pairs, code);
  if (i == counts_.pairs) return false;
  code = on_plane(pairs_[i], 21, parts_[2 * i]);
  second = on_plane(pairs_[i], 23, parts_[2 * i + 1]);
  return true;
}

uint64_t NormalizationTable::pair_key(uint32_t pair) const {
  return uint64_t{on_plane(pairs_[pair], 21, parts_[2 * pair])} << 32 |
         on_plane(pairs_[pair], 23, parts_[2 * pair + 1]);
}

uint32_t NormalizationTable::compose(uint32_t first, uint32_t second) const {
  if (const uint32_t syllable = compose_hangul(first, second); syllable != 0) return syllable;
  const uint64_t key = uint64_t{first} << 32 | second;
  uint32_t low = 0, high = counts_.compositions;
  while (low != high) {
    const uint32_t middle = low + (high - low) / 2;
    if (pair_key(compositions_[middle]) < key)
      low = middle + 1;
    else
      high = middle;
  }
  const bool is_found = low != counts_.compositions && pair_key(compositions_[low]) == key;
  return is_found ? pairs_[compositions_[low]] & kCodeMask : 0;
}

void Composer::write_byte(char byte) {
  flush();
  if (written_ < out_.size()) out_[written_++] = byte;
}

void Composer::write_mapped(uint32_t code) {
  write(table_.mapped(code));
}

void Composer::write(uint32_t code) {
  char bytes[4];
  size_t count = 0;
  if (code < 0x80) {
    bytes[count++] = static_cast<char>(code);
  } else {
    const uint32_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    bytes[count++] = static_cast<char>((0xFF00u >> (more + 1)) | code >> (6 * more));
    for (uint32_t i = more; i != 0; --i)
      bytes[count++] = static_cast<char>(0x80 | ((code >> (6 * (i - 1))) & 0x3F));
  }
  for (size_t i = 0; i < count && written_ < out_.size(); ++i) out_[written_++] = bytes[i];
}

/// First parts split further, second parts do not. No code point of Unicode has more than four.
void Composer::add(uint32_t code) {
  uint32_t seconds[4];
  size_t count = 0;
  code = table_.mapped(code);
  while (count < 4 && table_.split(code, seconds[count])) {
    ++count;
    code = table_.mapped(code);
  }
  add_part(code);
  while (count != 0) add_part(seconds[--count]);
}

void Composer::add_part(uint32_t code) {
  const uint8_t combining = table_.combining_class(code);
  if (combining == 0 && count_ != 0) {
    order();
    compose();
    const uint32_t composed = count_ == 1 ? table_.compose(segment_[0], code) : 0;
    if (composed != 0) {
      segment_[0] = composed;
      return;
    }
    flush();
  }
  if (count_ == kMaxSegment) flush();
  segment_[count_] = code;
  classes_[count_++] = combining;
}

/// Marks by their class, and among equals as they came.
void Composer::order() {
  for (size_t i = 1; i < count_; ++i) {
    const uint32_t code = segment_[i];
    const uint8_t combining = classes_[i];
    size_t hole = i;
    for (; hole != 0 && classes_[hole - 1] > combining; --hole) {
      segment_[hole] = segment_[hole - 1];
      classes_[hole] = classes_[hole - 1];
    }
    segment_[hole] = code;
    classes_[hole] = combining;
  }
}

/// A mark joins the starter unless one of its class or above is kept between them.
void Composer::compose() {
  size_t kept = 1;
  for (size_t i = 1; i < count_; ++i) {
    const bool is_blocked = kept > 1 && classes_[kept - 1] >= classes_[i];
    const uint32_t composed =
        is_blocked || classes_[0] != 0 ? 0 : table_.compose(segment_[0], segment_[i]);
    if (composed != 0) {
      segment_[0] = composed;
      continue;
    }
    segment_[kept] = segment_[i];
    classes_[kept++] = classes_[i];
  }
  count_ = kept;
}

void Composer::flush() {
  if (count_ == 0) return;
  order();
  compose();
  for (size_t i = 0; i < count_; ++i) write(segment_[i]);
  count_ = 0;
}

Text Composer::finish() {
  flush();
  return {out_.data(), written_};
}

}  // namespace nibble
