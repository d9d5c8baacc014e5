// Whole passes: logits of the oracle and of the runtime, and gradients of finite differences.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/network_pass.h"

#include <gtest/gtest.h>

#include <cmath>

#include "offline/distill/divergence_loss.h"
#include "offline/distill/student.h"
#include "tests/offline/calibrate/tiny_source.h"
#include "tests/support/reference.h"

namespace nibble::test {
namespace {

using format::TensorType;
using offline::Gradients;
using offline::HostSession;
using offline::Network;
using offline::NetworkPass;
using offline::Parameter;
using offline::PassShape;
using offline::Rows;
using offline::Scheme;

constexpr Scheme kHalves{TensorType::F16, 0};
/// Two texts of five tokens.
const std::vector<Token> kTokens = {1, 7, 300, 41, 5, 5, 290, 12, 9, 514};

PassShape shape_of(const TinySource& source) {
  const offline::HyperParameters& shape = *source.model().shape;
  return {2, 5, shape.num_attention_heads, shape.num_key_value_heads, shape.head_dim};
}

std::vector<Parameter<float>> all_parameters(const Network& network) {
  return offline::read_parameters(network, tensors_in(network, whole_program(network)));
}

std::vector<Parameter<double>> in_double(const std::vector<Parameter<float>>& parameters) {
  std::vector<Parameter<double>> doubles;
  for (const Parameter<float>& p : parameters) {
    doubles.push_back({p.rows, p.columns, {p.values.begin(), p.values.end()}, {}, p.increments});
  }
  return doubles;
}

TEST(NetworkPass, GivesTheLogitsOfTheOracle) {
  const TinySource source;
  const Network network = source.compile(kHalves);
  std::vector<Parameter<double>> parameters = in_double(all_parameters(network));
  NetworkPass<double> pass(network, whole_program(network), shape_of(source), Gradients::No, {});
  pass.forward(kTokens, parameters);
  const Rows<double>& logits = pass.output(network.ops.back().output);

  const ReferenceModel model(source.folder(), Storing::AsHalves);
  for (uint32_t text = 0; text < 2; ++text) {
    ReferenceSession session(model);
    for (uint32_t i = 0; i < 5; ++i) {
      const uint32_t row = text * 5 + i;
      const std::vector<double> expected = session.step(kTokens[row]);
      for (size_t j = 0; j < expected.size(); ++j) {
        ASSERT_NEAR(logits.row(row)[j], expected[j], 1e-5) << row << ", " << j;
      }
    }
  }
}

/// The largest difference of a row from the logits of a session.
double largest_difference(const float* row, const HostSession& session, uint32_t logit_row) {
  const Span<const float> expected = session->logit_row(logit_row).value();
  double largest = 0;
  for (size_t i = 0; i < expected.size(); ++i) {
    largest = std::max(largest, std::fabs(double{row[i]} - double{expected[i]}));
  }
  return largest;
}

/// Weights, activations and the cache are rounded as the runtime rounds them. Sums have another
/// order, so that now and then an activation on the border gets the neighboring code, and its row
/// differs; no row differs by chance.
TEST(NetworkPass, GivesTheLogitsOfTheRuntime) {
  const TinySource source;
  uint32_t equal_rows = 0;
  for (const Scheme& scheme : {Scheme{TensorType::Int8, 64}, Scheme{TensorType::Int4, 32},
                               Scheme{TensorType::Int4Zero, 128}}) {
    const Network network = source.compile(scheme);
    std::vector<Parameter<float>> parameters = all_parameters(network);
    NetworkPass<float> pass(network, whole_program(network),
                            offline::pass_shape(*source.model().shape, 2, 5), Gradients::No, {});
    pass.forward(kTokens, parameters);
    const Rows<float>& logits = pass.output(network.ops.back().output);

    const offline::BuiltModel model = source.build(network);
    SessionConfig config;
    config.context_tokens = config.batch_tokens = config.logit_rows = 5;
    for (uint32_t text = 0; text < 2; ++text) {
      const HostSession session(model.loaded(), config);
      ASSERT_TRUE(session->prefill({kTokens.data() + size_t{text} * 5, 5}).ok());
      for (uint32_t i = 0; i < 5; ++i) {
        const double largest = largest_difference(logits.row(text * 5 + i), session, i);
        EXPECT_LT(largest, 0.1) << i;
        equal_rows += largest < 1e-5 ? 1 : 0;
      }
    }
  }
  EXPECT_GT(equal_rows, 15u);
}

/// The divergence of a pass from fixed logits, as a function of the parameters.
class TinyLoss {
 public:
  explicit TinyLoss(const TinySource& source)
      : network_(source.compile(kHalves)),
        parameters_(in_double(all_parameters(network_))),
        pass_(network_, whole_program(network_), shape_of(source), Gradients::Yes, {}) {
    teacher_ = Rows<double>(10, network_.buffers[logits()].width);
    for (size_t i = 0; i < teacher_.values.size(); ++i) {
      teacher_.values[i] = std::sin(static_cast<double>(i));
    }
    for (Parameter<double>& p : parameters_) p.gradient.resize(p.values.size());
  }

  std::vector<Parameter<double>>& parameters() { return parameters_; }

  double value(Rows<double>* gradient = nullptr) {
    pass_.forward(kTokens, parameters_);
    return offline::divergence_sum(teacher_, pass_.output(logits()), gradient, {}) / 10;
  }
  void backward() {
    value(&pass_.gradient(logits()));
    pass_.backward(kTokens, parameters_);
  }
  const std::string& name(size_t tensor) const { return network_.tensors[tensor].name; }

 private:
  uint16_t logits() const { return network_.ops.back().output; }

  Network network_;
  std::vector<Parameter<double>> parameters_;
  NetworkPass<double> pass_;
  Rows<double> teacher_;
};

TEST(NetworkPass, GradientsEqualFiniteDifferences) {
  const TinySource source;
  TinyLoss loss(source);
  loss.backward();
  size_t compared = 0;
  for (size_t tensor = 0; tensor < loss.parameters().size(); ++tensor) {
    Parameter<double>& parameter = loss.parameters()[tensor];
    const size_t count = parameter.values.size();
    // Of the embedding, rows of tokens that occur; a prime stride else.
    for (size_t i = 0; i < count; i += count / 3 + 1) {
      const size_t element = tensor == 0 ? kTokens[i % 7] * size_t{160} + i % 160 : i;
      double& value = parameter.values[element];
      const double before = value;
      constexpr double kStep = 1e-5;
      value = before + kStep;
      const double above = loss.value();
      value = before - kStep;
      const double below = loss.value();
      value = before;
      const double expected = (above - below) / (2 * kStep);
      ASSERT_NEAR(parameter.gradient[element], expected, 1e-8 + 1e-5 * std::fabs(expected))
          << loss.name(tensor) << " " << element;
      compared += std::fabs(expected) > 1e-6;
    }
  }
  EXPECT_GT(compared, loss.parameters().size());
}

/// What one pass leaves behind must not reach the next.
TEST(NetworkPass, AddsTheSameGradientEachTime) {
  const TinySource source;
  TinyLoss loss(source);
  loss.backward();
  std::vector<std::vector<double>> once;
  for (const Parameter<double>& p : loss.parameters()) once.push_back(p.gradient);
  loss.backward();
  for (size_t tensor = 0; tensor < once.size(); ++tensor) {
    const std::vector<double>& twice = loss.parameters()[tensor].gradient;
    for (size_t i = 0; i < twice.size(); ++i) {
      ASSERT_NEAR(twice[i], 2 * once[tensor][i], 1e-12) << loss.name(tensor) << " " << i;
    }
  }
}

}  // namespace
}  // namespace nibble::test
