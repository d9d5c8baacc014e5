// Statistics of inputs: equal to naive sums in double precision, over several texts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/input_sums.h"

#include <gtest/gtest.h>

#include "runtime/format/ops.h"
#include "tests/offline/calibrate/tiny_source.h"

namespace nibble::test {
namespace {

using format::TensorType;
using offline::BuiltModel;
using offline::InputStatistics;
using offline::InputSums;
using offline::Network;
using offline::StatisticsDetail;
using offline::TracedSession;

const std::vector<std::vector<Token>> kTexts = {{1, 7, 300, 41, 5}, {1, 290}, {1, 12, 9, 9, 8, 64}};

/// Runs all texts, calling `visit` before each op.
template <class Visit>
void run_texts(const BuiltModel& model, const Visit& visit) {
  SessionConfig config;
  config.context_tokens = 8;
  config.batch_tokens = 8;
  TracedSession session(model.loaded(), config);
  for (const std::vector<Token>& text : kTexts) {
    session.start(text);
    session.run_ops(0, static_cast<uint32_t>(session.ops().size()),
                    [&](uint32_t, const format::OpRecord& op) { visit(session, op); });
  }
}

/// The inputs of one matrix, over all texts, and their width.
std::vector<double> inputs_of(const BuiltModel& model, const Network& network,
                              const std::string& name) {
  std::vector<double> inputs;
  run_texts(model, [&](const TracedSession& session, const format::OpRecord& op) {
    if (op.code != format::OpCode::MatMul || network.tensors[op.tensor[0]].name != name) return;
    const std::vector<float> rows = session.read_buffer(op.input[0]);
    inputs.insert(inputs.end(), rows.begin(), rows.end());
  });
  return inputs;
}

TEST(InputSums, EqualNaiveSumsInDoublePrecision) {
  const TinySource source;
  const std::string name = "model.layers.1.mlp.down_proj.weight";
  for (const offline::Scheme& scheme :
       {offline::Scheme{TensorType::F16, 0}, offline::Scheme{TensorType::Int8, 32}}) {
    const Network network = source.compile(scheme);
    const BuiltModel model = source.build(network);
    InputSums sums(network, StatisticsDetail::Hessian);
    run_texts(model, [&](const TracedSession& session, const format::OpRecord& op) {
      sums.visit(session, op);
    });

    const InputStatistics& statistics = sums.statistics().at(name);
    const std::vector<double> inputs = inputs_of(model, network, name);
    const size_t columns = statistics.squares.size();
    ASSERT_EQ(statistics.rows, 13u);
    ASSERT_EQ(inputs.size(), columns * 13);
    ASSERT_EQ(statistics.hessian.size(), columns * columns);
    for (size_t i = 0; i < columns; ++i) {
      for (size_t j = 0; j < columns; ++j) {
        double sum = 0;
        for (size_t row = 0; row < 13; ++row) {
          sum += inputs[row * columns + i] * inputs[row * columns + j];
        }
        ASSERT_EQ(statistics.hessian[i * columns + j], sum) << i << ", " << j;
        if (i == j) {
          ASSERT_EQ(statistics.squares[i], sum) << i;
        }
      }
    }
  }
}

TEST(InputSums, CoverEveryMatrixThatIsMultipliedWith) {
  const TinySource source;
  const Network network = source.compile({TensorType::F16, 0});
  const BuiltModel model = source.build(network);
  InputSums sums(network, StatisticsDetail::Squares);
  run_texts(model, [&](const TracedSession& session, const format::OpRecord& op) {
    sums.visit(session, op);
  });
  for (const offline::TensorPlan& plan : network.tensors) {
    const bool is_multiplied =
        plan.scheme.type == TensorType::F16 && plan.role != format::Role::Embedding;
    ASSERT_EQ(sums.statistics().contains(plan.name), is_multiplied) << plan.name;
    if (!is_multiplied) continue;
    EXPECT_EQ(sums.statistics().at(plan.name).squares.size(), plan.columns) << plan.name;
    EXPECT_TRUE(sums.statistics().at(plan.name).hessian.empty()) << plan.name;
  }
}

}  // namespace
}  // namespace nibble::test
