// Translates the rows that are asked for into rows of the source.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/weights/rearrange.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace nibble::offline {
namespace {

class SlicedRows final : public WeightSource {
 public:
  SlicedRows(Weights source, uint32_t first_row, uint32_t row_count)
      : WeightSource(row_count, source->columns()),
        source_(std::move(source)),
        first_row_(first_row) {
    if (first_row > source_->rows() || row_count > source_->rows() - first_row) {
      throw std::out_of_range("a slice ends beyond its source");
    }
  }
  std::optional<Scheme> stored_scheme() const override { return source_->stored_scheme(); }
  Scheme nearest_scheme() const override { return source_->nearest_scheme(); }

 private:
  void read(uint32_t first_row, std::span<float> out) const override {
    source_->read_rows(first_row_ + first_row, out);
  }
  QuantizedMatrix read_codes(uint32_t first_row, uint32_t row_count) const override {
    return source_->read_stored(first_row_ + first_row, row_count);
  }

  Weights source_;
  uint32_t first_row_;
};

void append_rows(QuantizedMatrix& matrix, const QuantizedMatrix& more) {
  matrix.rows += more.rows;
  matrix.halves.insert(matrix.halves.end(), more.halves.begin(), more.halves.end());
  matrix.codes.insert(matrix.codes.end(), more.codes.begin(), more.codes.end());
  matrix.scales.insert(matrix.scales.end(), more.scales.begin(), more.scales.end());
  matrix.zeros.insert(matrix.zeros.end(), more.zeros.begin(), more.zeros.end());
}

class PickedRows final : public WeightSource {
 public:
  PickedRows(Weights source, std::vector<uint32_t> rows)
      : WeightSource(static_cast<uint32_t>(rows.size()), source->columns()),
        source_(std::move(source)),
        rows_(std::move(rows)) {
    for (const uint32_t row : rows_) {
      if (row >= source_->rows()) throw std::out_of_range("a row is picked that is not there");
    }
  }
  std::optional<Scheme> stored_scheme() const override { return source_->stored_scheme(); }
  Scheme nearest_scheme() const override { return source_->nearest_scheme(); }

 private:
  void read(uint32_t first_row, std::span<float> out) const override {
    for (; !out.empty(); out = out.subspan(columns())) {
      source_->read_rows(rows_[first_row++], out.first(columns()));
    }
  }
  QuantizedMatrix read_codes(uint32_t first_row, uint32_t row_count) const override {
    QuantizedMatrix picked = source_->read_stored(0, 0);  // the scheme, and no rows
    for (const uint32_t row : std::span(rows_).subspan(first_row, row_count)) {
      append_rows(picked, source_->read_stored(row, 1));
    }
    return picked;
  }

  Weights source_;
  std::vector<uint32_t> rows_;
};

uint32_t total_rows(const std::vector<Weights>& sources) {
  uint32_t rows = 0;
  for (const Weights& source : sources) rows += source->rows();
  return rows;
}

class StackedRows final : public WeightSource {
 public:
  explicit StackedRows(std::vector<Weights> sources)
      : WeightSource(total_rows(sources), sources.front()->columns()),
        sources_(std::move(sources)) {}
  std::optional<Scheme> stored_scheme() const override {
    const std::optional<Scheme> first = sources_.front()->stored_scheme();
    const bool is_one = std::ranges::all_of(
        sources_, [&](const Weights& source) { return source->stored_scheme() == first; });
    return is_one ? first : std::nullopt;
  }

 private:
  /// The source of a row of the result, and its row there.
  std::pair<const WeightSource*, uint32_t> find(uint32_t row) const {
    auto source = sources_.begin();
    for (; row >= (*source)->rows(); ++source) row -= (*source)->rows();
    return {source->get(), row};
  }
  void read(uint32_t first_row, std::span<float> out) const override {
    for (; !out.empty(); out = out.subspan(columns())) {
      const auto [source, row] = find(first_row++);
      source->read_rows(row, out.first(columns()));
    }
  }
  QuantizedMatrix read_codes(uint32_t first_row, uint32_t row_count) const override {
    QuantizedMatrix stacked = sources_.front()->read_stored(0, 0);  // the scheme, and no rows
    for (uint32_t i = 0; i < row_count; ++i) {
      const auto [source, row] = find(first_row + i);
      append_rows(stacked, source->read_stored(row, 1));
    }
    return stacked;
  }

  std::vector<Weights> sources_;
};

class Transposed final : public WeightSource {
 public:
  explicit Transposed(Weights source)
      : WeightSource(source->columns(), source->rows()), source_(std::move(source)) {}
  Scheme nearest_scheme() const override { return source_->nearest_scheme(); }
  const Weights& source() const { return source_; }

 private:
  static constexpr uint32_t kBlockElements = 1 << 16;

  void read(uint32_t first_row, std::span<float> out) const override {
    const uint32_t block_rows = std::clamp(kBlockElements / rows(), 1u, columns());
    std::vector<float> block(size_t{block_rows} * rows());
    for (uint32_t first = 0; first < columns(); first += block_rows) {
      const uint32_t count = std::min(block_rows, columns() - first);
      const auto filled = std::span(block).first(size_t{count} * rows());
      source_->read_rows(first, filled);
      scatter(filled, first, first_row, out);
    }
  }

  /// @param block  rows of the source from row `first_column` on
  void scatter(std::span<const float> block, uint32_t first_column, uint32_t first_row,
               std::span<float> out) const {
    const size_t out_rows = out.size() / columns();
    for (size_t column = 0; column < block.size() / rows(); ++column) {
      const auto values = block.subspan(column * rows() + first_row, out_rows);
      for (size_t row = 0; row < out_rows; ++row) {
        out[row * columns() + first_column + column] = values[row];
      }
    }
  }

  Weights source_;
};

}  // namespace

Weights slice_rows(Weights source, uint32_t first_row, uint32_t row_count) {
  return std::make_shared<SlicedRows>(std::move(source), first_row, row_count);
}

Weights pick_rows(Weights source, std::vector<uint32_t> rows) {
  return std::make_shared<PickedRows>(std::move(source), std::move(rows));
}

Weights stack_rows(std::vector<Weights> sources) {
  return std::make_shared<StackedRows>(std::move(sources));
}

Weights transpose(Weights source) {
  const auto transposed = std::dynamic_pointer_cast<const Transposed>(source);
  if (transposed != nullptr) return transposed->source();
  return std::make_shared<Transposed>(std::move(source));
}

std::vector<uint32_t> halves_from_interleaved(uint32_t heads, uint32_t head_dim) {
  std::vector<uint32_t> rows;
  for (uint32_t head = 0; head < heads; ++head) {
    for (const uint32_t second : {0u, 1u}) {
      for (uint32_t i = 0; i < head_dim / 2; ++i) rows.push_back(head * head_dim + 2 * i + second);
    }
  }
  return rows;
}

std::vector<uint32_t> interleaved_from_halves(uint32_t heads, uint32_t head_dim) {
  const std::vector<uint32_t> inverse = halves_from_interleaved(heads, head_dim);
  std::vector<uint32_t> rows(inverse.size());
  for (uint32_t i = 0; i < inverse.size(); ++i) rows[inverse[i]] = i;
  return rows;
}

}  // namespace nibble::offline
