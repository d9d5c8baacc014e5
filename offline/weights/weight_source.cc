// Keeps reads inside a source, whichever kind of source it is.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/weights/weight_source.h"

#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

namespace nibble::offline {

void WeightSource::check_rows(uint32_t first_row, uint64_t row_count) const {
  if (first_row <= rows_ && row_count <= rows_ - first_row) return;
  throw std::out_of_range("rows from " + std::to_string(first_row) + " of a source with " +
                          std::to_string(rows_) + " rows");
}

void WeightSource::read_rows(uint32_t first_row, std::span<float> out) const {
  if (out.empty()) return;
  if (columns_ == 0 || out.size() % columns_ != 0) {
    throw std::out_of_range("a part of a row is asked for");
  }
  check_rows(first_row, out.size() / columns_);
  read(first_row, out);
}

QuantizedMatrix WeightSource::read_stored(uint32_t first_row, uint32_t row_count) const {
  check_rows(first_row, row_count);
  return read_codes(first_row, row_count);
}

QuantizedMatrix WeightSource::read_codes(uint32_t, uint32_t) const {
  throw std::logic_error("this source holds numbers, not codes");
}

bool same_weights(const WeightSource& a, const WeightSource& b) {
  if (a.rows() != b.rows() || a.columns() != b.columns()) return false;
  std::vector<float> a_row(a.columns()), b_row(b.columns());
  for (uint32_t row = 0; row < a.rows(); ++row) {
    a.read_rows(row, a_row);
    b.read_rows(row, b_row);
    // Compared as bytes: a NaN differs from itself, and −0 equals 0.
    if (std::memcmp(a_row.data(), b_row.data(), a_row.size() * sizeof(float)) != 0) return false;
  }
  return true;
}

}  // namespace nibble::offline
