// Lays the data out as FORMAT.md has it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/unicode/unicode_tables.h"

#include <algorithm>
#include <span>
#include <tuple>

namespace nibble::offline {
namespace {

enum Class : uint8_t { O = 0, L = 1, N = 2, W = 3, M = 4, P = 5, S = 6 };
static_assert(S == static_cast<uint8_t>(format::CharacterClass::Symbol));

struct ClassRun {
  uint32_t first;
  Class value;
};
struct CombiningRun {
  uint32_t first;
  uint32_t value;
};
struct PairDecomposition {
  uint32_t code, first, second;
  bool composes;
};
struct CodePointMapping {
  uint32_t code, target;
};

#include "offline/unicode/unicode_data.inc"

template <class T>
void append(ByteTable& table, T value) {
  for (size_t i = 0; i < sizeof(T); ++i) table.push_back(static_cast<uint8_t>(value >> (8 * i)));
}

uint32_t plane(uint32_t code) {
  return code >> 16;
}
uint16_t low(uint32_t code) {
  return static_cast<uint16_t>(code);
}

/// The parts of the table of normalization, in its order.
struct Normalization {
  std::span<const CombiningRun> combining;
  std::span<const PairDecomposition> pairs;
  std::span<const CodePointMapping> mappings;
};

/// Indices of the pairs that compose, by their parts.
std::vector<uint16_t> composition_order(std::span<const PairDecomposition> pairs) {
  std::vector<uint16_t> order;
  for (uint16_t i = 0; i < pairs.size(); ++i) {
    if (pairs[i].composes) order.push_back(i);
  }
  std::sort(order.begin(), order.end(), [pairs](uint16_t a, uint16_t b) {
    return std::tie(pairs[a].first, pairs[a].second) < std::tie(pairs[b].first, pairs[b].second);
  });
  return order;
}

ByteTable lay_out(const Normalization& data) {
  const std::vector<uint16_t> order = composition_order(data.pairs);
  ByteTable table;
  append(table, static_cast<uint16_t>(data.combining.size()));
  append(table, static_cast<uint16_t>(data.pairs.size()));
  append(table, static_cast<uint16_t>(data.mappings.size()));
  append(table, static_cast<uint16_t>(order.size()));
  for (const CombiningRun& run : data.combining) append(table, run.first << 8 | run.value);
  for (const auto& pair : data.pairs)
    append(table, pair.code | plane(pair.first) << 21 | plane(pair.second) << 23);
  for (const auto& mapping : data.mappings)
    append(table, mapping.code | plane(mapping.target) << 21);
  for (const auto& pair : data.pairs) {
    append(table, low(pair.first));
    append(table, low(pair.second));
  }
  for (const uint16_t index : order) append(table, index);
  for (const auto& mapping : data.mappings) append(table, low(mapping.target));
  table.resize((table.size() + 3) / 4 * 4);
  return table;
}

}  // namespace

ByteTable class_table(ClassBits kept) {
  ByteTable table;
  uint8_t before = static_cast<uint8_t>(format::CharacterClass::Count);
  for (const ClassRun& run : kClassRuns) {
    const uint8_t value = (kept >> run.value & 1) != 0 ? run.value : O;
    if (value == before) continue;
    const uint32_t entry = run.first << 3 | value;
    for (int shift = 0; shift < 24; shift += 8) append(table, static_cast<uint8_t>(entry >> shift));
    before = value;
  }
  return table;
}

ByteTable composition_table() {
  return lay_out({kCombiningRuns, kPairDecompositions, kSingletons});
}

ByteTable lower_case_table() {
  return lay_out({{}, {}, kLowerCase});
}

}  // namespace nibble::offline
