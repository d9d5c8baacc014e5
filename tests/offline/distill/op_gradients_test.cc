// Every operation's gradient equals finite differences in double precision.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <functional>

#include "offline/distill/op_functions.h"
#include "tests/support/partitions.h"

namespace nibble::test {
namespace {

using format::OpCode;
using offline::LayerCache;
using offline::OpFunctions;
using offline::OpOperands;
using offline::Parameter;
using offline::PassShape;
using offline::Rows;

constexpr PassShape kShape{
    .sequences = 2, .sequence_tokens = 5, .heads = 4, .kv_heads = 2, .head_dimension = 6};
constexpr uint32_t kQueryWidth = 24, kKeyWidth = 12;
const std::vector<Token> kPassTokens = {3, 0, 6, 3, 3, 1, 2, 6, 0, 5};

/// Numbers that are neither near 0 nor regular.
std::vector<double> numbers(size_t count, double seed) {
  std::vector<double> values(count);
  for (size_t i = 0; i < count; ++i) {
    values[i] = 0.7 * std::sin(static_cast<double>(i) * 1.7 + seed) + 0.4;
  }
  return values;
}
Rows<double> rows(uint32_t width, double seed) {
  Rows<double> rows(kShape.rows(), width);
  rows.values = numbers(rows.values.size(), seed);
  return rows;
}
Parameter<double> parameter(uint32_t row_count, uint32_t columns, double seed) {
  const size_t count = size_t{row_count} * columns;
  return {row_count, columns, numbers(count, seed), std::vector<double>(count), {}};
}

/// One op with operands of its own. The loss is Σ weight · output: of the output buffer, or of the
/// cache where the op has none.
class OneOp {
 public:
  OneOp(format::OpRecord record, std::vector<Rows<double>> inputs, uint32_t output_width)
      : record_(record), inputs_(std::move(inputs)), output_width_(output_width) {}

  OneOp& with(Parameter<double> tensor) {
    tensors_.push_back(std::move(tensor));
    return *this;
  }
  OneOp& with_old_output() {
    old_output_ = rows(output_width_, 9);
    return *this;
  }
  OneOp& with_cache(uint32_t window = 0) {
    cache_ = {
        rows(kKeyWidth, 5), rows(kKeyWidth, 6), {kShape.kv_heads, kShape.head_dimension, window}};
    return *this;
  }

  /// Compares the gradient of every number that the op reads.
  void check() {
    const OpFunctions<double>& functions = offline::functions_of<double>(record_.code);
    backward(functions);
    // The angles of a rotation are constants.
    for (size_t i = 0; record_.code != OpCode::Rotate && i < inputs_.size(); ++i) {
      compare("input " + std::to_string(i), inputs_[i].values, input_gradients_[i].values);
    }
    for (size_t i = 0; i < tensors_.size(); ++i) {
      if (tensors_[i].values.empty()) continue;
      compare("tensor " + std::to_string(i), tensors_[i].values, tensors_[i].gradient);
    }
    if (!old_output_.values.empty()) {
      compare("old output", old_output_.values, output_gradient_.values);
    }
    if (record_.code == OpCode::Attend) {
      compare("keys", cache_.keys.values, cache_gradient_.keys.values);
      compare("values", cache_.values.values, cache_gradient_.values.values);
    }
  }

 private:
  OpOperands<double> operands(Rows<double>* output) {
    OpOperands<double> o{
        .op = record_, .shape = kShape, .parallel = parallel_, .tokens = kPassTokens};
    for (size_t i = 0; i < inputs_.size(); ++i) o.input[i] = &inputs_[i];
    for (size_t i = 0; i < tensors_.size(); ++i) o.tensor[i] = &tensors_[i];
    o.output = output;
    o.cache = &cache_;
    return o;
  }

  static double weighted(const Rows<double>& values, double seed) {
    const std::vector<double> weights = numbers(values.values.size(), seed);
    double sum = 0;
    for (size_t i = 0; i < weights.size(); ++i) sum += weights[i] * values.values[i];
    return sum;
  }

  bool fills_cache() const { return record_.code == OpCode::AppendKv; }

  double loss() {
    Rows<double> output(kShape.rows(), output_width_);
    if (!old_output_.values.empty()) output = old_output_;
    offline::functions_of<double>(record_.code).forward(operands(&output));
    if (fills_cache()) return weighted(cache_.keys, 20) + weighted(cache_.values, 21);
    return weighted(output, 20);
  }

  void backward(const OpFunctions<double>& functions) {
    loss();
    OpOperands<double> o = operands(nullptr);
    for (const Rows<double>& input : inputs_) {
      input_gradients_.emplace_back(input.rows, input.width);
    }
    for (size_t i = 0; i < inputs_.size(); ++i) o.input_gradient[i] = &input_gradients_[i];
    output_gradient_ = rows(output_width_, 20);
    o.output_gradient = &output_gradient_;
    const Rows<double> zeros(kShape.rows(), kKeyWidth);
    cache_gradient_ = {zeros, zeros, {}};
    if (fills_cache()) cache_gradient_ = {rows(kKeyWidth, 20), rows(kKeyWidth, 21), {}};
    o.cache_gradient = &cache_gradient_;
    functions.backward(o);
  }

  void compare(const std::string& what, std::vector<double>& values,
               const std::vector<double>& gradient) {
    ASSERT_EQ(values.size(), gradient.size()) << what;
    constexpr double kStep = 1e-5;
    double largest = 0;
    for (size_t i = 0; i < values.size(); ++i) {
      const double value = values[i];
      values[i] = value + kStep;
      const double above = loss();
      values[i] = value - kStep;
      const double below = loss();
      values[i] = value;
      ASSERT_NEAR(gradient[i], (above - below) / (2 * kStep), 1e-7) << what << " " << i;
      largest = std::max(largest, std::fabs(gradient[i]));
    }
    if (values.empty()) return;
    EXPECT_GT(largest, 0.01) << what << ": a gradient of nothing proves nothing";
  }

  format::OpRecord record_;
  std::vector<Rows<double>> inputs_;
  uint32_t output_width_;
  std::vector<Parameter<double>> tensors_;
  Rows<double> old_output_;
  LayerCache<double> cache_;
  ThreadPartition threads_{2};
  ParallelFor parallel_ = threads_.parallel_for();
  std::vector<Rows<double>> input_gradients_;
  Rows<double> output_gradient_;
  LayerCache<double> cache_gradient_;
};

format::OpRecord record(OpCode code, uint32_t first_argument = 0, uint32_t second_argument = 0) {
  format::OpRecord record{};
  record.code = code;
  record.argument[0] = first_argument;
  record.argument[1] = second_argument;
  return record;
}
constexpr uint32_t bits(float value) {
  return std::bit_cast<uint32_t>(value);
}

TEST(OpGradients, Embed) {
  OneOp(record(OpCode::Embed), {}, 8).with(parameter(7, 8, 1)).check();
}
TEST(OpGradients, EmbedOfPositionsScaledOntoASum) {
  format::OpRecord op = record(OpCode::Embed, bits(1.5f));
  op.flags = format::kOpAccumulate | format::kOpByPosition;
  OneOp(op, {}, 8).with(parameter(7, 8, 1)).with_old_output().check();
}
TEST(OpGradients, LayerNorm) {
  OneOp(record(OpCode::LayerNorm, bits(1e-3f)), {rows(19, 1)}, 19)
      .with(parameter(1, 19, 2))
      .with(parameter(1, 19, 3))
      .check();
}
TEST(OpGradients, NormsOfSegments) {
  for (const OpCode code : {OpCode::RmsNorm, OpCode::LayerNorm}) {
    OneOp(record(code, bits(1e-3f), 8), {rows(24, 1)}, 24).with(parameter(1, 24, 2)).check();
  }
}
TEST(OpGradients, RmsNorm) {
  OneOp(record(OpCode::RmsNorm, bits(1e-3f)), {rows(19, 1)}, 19).with(parameter(1, 19, 2)).check();
}
TEST(OpGradients, MatMul) {
  OneOp(record(OpCode::MatMul), {rows(13, 1)}, 7).with(parameter(7, 13, 2)).check();
}
TEST(OpGradients, MatMulWithBiasOntoASum) {
  format::OpRecord op = record(OpCode::MatMul);
  op.flags = format::kOpAccumulate;
  OneOp(op, {rows(13, 1)}, 7)
      .with(parameter(7, 13, 2))
      .with(parameter(1, 7, 3))
      .with_old_output()
      .check();
}
TEST(OpGradients, Rotate) {
  OneOp(record(OpCode::Rotate, 4, 6), {rows(4, 1)}, kQueryWidth).with_old_output().check();
}
TEST(OpGradients, AppendKv) {
  OneOp(record(OpCode::AppendKv), {rows(kKeyWidth, 1), rows(kKeyWidth, 2)}, 0).check();
}
TEST(OpGradients, Attend) {
  OneOp(record(OpCode::Attend, bits(0.4f)), {rows(kQueryWidth, 1)}, kQueryWidth)
      .with_cache()
      .check();
}
TEST(OpGradients, AttendToAWindowWithACap) {
  OneOp(record(OpCode::Attend, bits(0.4f), bits(0.7f)), {rows(kQueryWidth, 1)}, kQueryWidth)
      .with_cache(3)
      .check();
}
TEST(OpGradients, Activations) {
  for (uint32_t kind = 0; kind < static_cast<uint32_t>(format::Activation::Count); ++kind) {
    const format::OpRecord op = record(OpCode::GatedActivation, kind, bits(0.8f));
    OneOp(op, {rows(11, 1), rows(11, 2)}, 11).check();
    OneOp(op, {rows(11, 1)}, 11).check();
  }
}
TEST(OpGradients, GatedActivation) {
  OneOp(record(OpCode::GatedActivation), {rows(11, 1), rows(11, 2)}, 11).check();
}
TEST(OpGradients, Add) {
  OneOp(record(OpCode::Add), {rows(11, 1)}, 11).with_old_output().check();
}
TEST(OpGradients, GatherRows) {
  OneOp(record(OpCode::GatherRows), {rows(11, 1)}, 11).check();
}
TEST(OpGradients, Quantize) {
  OneOp(record(OpCode::Quantize), {rows(11, 1)}, 11).check();
}

}  // namespace
}  // namespace nibble::test
