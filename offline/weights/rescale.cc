// Reads rows of the source, then changes them where they are.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/weights/rescale.h"

#include <stdexcept>
#include <utility>

namespace nibble::offline {
namespace {

/// A source of the same shape whose values are functions of another's.
class Changed : public WeightSource {
 protected:
  explicit Changed(Weights source)
      : WeightSource(source->rows(), source->columns()), source_(std::move(source)) {}

 private:
  void read(uint32_t first_row, std::span<float> out) const override {
    source_->read_rows(first_row, out);
    for (; !out.empty(); out = out.subspan(columns())) {
      change_row(first_row++, out.first(columns()));
    }
  }
  virtual void change_row(uint32_t row, std::span<float> values) const = 0;

  Weights source_;
};

class ScaledColumns final : public Changed {
 public:
  ScaledColumns(Weights source, std::vector<float> factors)
      : Changed(std::move(source)), factors_(std::move(factors)) {
    if (factors_.size() != columns()) {
      throw std::invalid_argument("there must be one factor per column");
    }
  }

 private:
  void change_row(uint32_t, std::span<float> values) const override {
    for (size_t i = 0; i < values.size(); ++i) values[i] *= factors_[i];
  }

  std::vector<float> factors_;
};

class ScaledRows final : public Changed {
 public:
  ScaledRows(Weights source, std::vector<float> factors)
      : Changed(std::move(source)), factors_(std::move(factors)) {
    if (factors_.size() != rows()) throw std::invalid_argument("there must be one factor per row");
  }

 private:
  void change_row(uint32_t row, std::span<float> values) const override {
    for (float& value : values) value *= factors_[row];
  }

  std::vector<float> factors_;
};

class Shifted final : public Changed {
 public:
  Shifted(Weights source, float by) : Changed(std::move(source)), by_(by) {}

 private:
  void change_row(uint32_t, std::span<float> values) const override {
    for (float& value : values) value += by_;
  }

  float by_;
};

}  // namespace

Weights scale_columns(Weights source, std::vector<float> factors) {
  return std::make_shared<ScaledColumns>(std::move(source), std::move(factors));
}

Weights scale_rows(Weights source, std::vector<float> factors) {
  return std::make_shared<ScaledRows>(std::move(source), std::move(factors));
}

Weights add_one(Weights source) {
  return std::make_shared<Shifted>(std::move(source), 1.0f);
}

Weights subtract_one(Weights source) {
  return std::make_shared<Shifted>(std::move(source), -1.0f);
}

}  // namespace nibble::offline
