// Programs run op by op: the same bits as a session, whatever is read, left out or written between.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/traced_session.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "offline/files/input_error.h"
#include "offline/weights/mapped_tensor.h"
#include "runtime/format/ops.h"
#include "tests/offline/calibrate/tiny_source.h"

namespace nibble::test {
namespace {

using format::OpCode;
using format::TensorType;
using offline::BuiltModel;
using offline::Network;
using offline::Scheme;
using offline::TracedSession;

const std::vector<Token> kTracedTokens = {1, 7, 300, 41, 5, 5, 290, 12, 9};

SessionConfig config() {
  SessionConfig config;
  config.context_tokens = 32;
  config.batch_tokens = static_cast<uint32_t>(kTracedTokens.size());
  config.logit_rows = 3;
  return config;
}

std::vector<float> session_logits(const BuiltModel& model) {
  const offline::HostSession session(model.loaded(), config());
  EXPECT_TRUE(session->prefill({kTracedTokens.data(), kTracedTokens.size()}).ok());
  std::vector<float> logits;
  for (uint32_t row = 0; row < session->logit_row_count(); ++row) {
    const Span<const float> of_row = session->logit_row(row).value();
    logits.insert(logits.end(), of_row.begin(), of_row.end());
  }
  return logits;
}

uint32_t op_count(const TracedSession& session) {
  return static_cast<uint32_t>(session.ops().size());
}
std::vector<float> logits(const TracedSession& session) {
  return session.read_buffer(session.ops()[session.ops().size() - 1].output);
}

void expect_same_bits(const std::vector<float>& a, const std::vector<float>& b) {
  ASSERT_EQ(a.size(), b.size());
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)), 0);
}

const Scheme kSchemes[] = {
    {TensorType::F16, 0}, {TensorType::Int8, 64}, {TensorType::Int4Zero, 32}};

TEST(TracedSession, GivesTheLogitsOfASession) {
  const TinySource source;
  for (const Scheme& scheme : kSchemes) {
    const Network network = source.compile(scheme);
    const BuiltModel model = source.build(network);
    TracedSession session(model.loaded(), config());
    session.start(kTracedTokens);
    uint32_t visited = 0;
    session.run_ops(0, op_count(session), [&](uint32_t op, const format::OpRecord& record) {
      EXPECT_EQ(op, visited++);
      if (record.input[0] != format::kNone) {
        EXPECT_FALSE(session.read_buffer(record.input[0]).empty());
      }
    });
    EXPECT_EQ(visited, network.ops.size());
    expect_same_bits(logits(session), session_logits(model));
  }
}

TEST(TracedSession, ReadsCodesAsTheFloatsTheyStandFor) {
  const TinySource source;
  const Network network = source.compile({TensorType::Int8, 32});
  const BuiltModel model = source.build(network);
  TracedSession session(model.loaded(), config());
  session.start(kTracedTokens);
  int compared = 0;
  for (uint32_t op = 0; op < op_count(session); ++op) {
    const format::OpRecord& record = session.ops()[op];
    session.run_ops(op, op + 1);
    if (record.code != OpCode::Quantize) continue;
    const std::vector<float> exact = session.read_buffer(record.input[0]);
    const std::vector<float> rounded = session.read_buffer(record.output);
    ASSERT_EQ(rounded.size(), exact.size());
    float largest = 0;
    for (const float x : exact) largest = std::max(largest, std::fabs(x));
    ASSERT_GT(largest, 0);
    for (size_t i = 0; i < exact.size(); ++i) {
      ASSERT_NEAR(rounded[i], exact[i], largest / 127 * 0.51f) << i;
    }
    ++compared;
  }
  EXPECT_GT(compared, 0);
}

/// The first op of a layer.
uint32_t first_op(const Network& network, uint16_t layer) {
  uint32_t op = 0;
  while (network.ops[op].layer != layer) ++op;
  return op;
}

TEST(TracedSession, ContinuesFromRowsThatWereSaved) {
  const TinySource source;
  const Network network = source.compile({TensorType::F16, 0});
  const BuiltModel model = source.build(network);
  const uint32_t layer_0 = first_op(network, 0), layer_1 = first_op(network, 1);
  const uint16_t residual = network.ops[0].output;
  TracedSession session(model.loaded(), config());
  session.start(kTracedTokens);
  session.run_ops(0, layer_1);
  const std::vector<float> saved = session.read_buffer(residual);

  session.start(std::vector<Token>{3, 2});  // another text, over the same memory
  session.run_ops(0, op_count(session));

  session.start(kTracedTokens);
  session.run_ops(0, layer_0);  // the embedding and the rotary table
  session.write_buffer(residual, saved);
  session.run_ops(layer_1, op_count(session));
  expect_same_bits(logits(session), session_logits(model));
}

TEST(TracedSession, MultipliesWithReplacedWeights) {
  const TinySource source;
  for (const Scheme& scheme : kSchemes) {
    Network network = source.compile(scheme);
    BuiltModel model = source.build(network);
    const std::vector<float> before = session_logits(model);

    uint32_t tensor = 0;
    while (network.tensors[tensor].role != format::Role::FfnDown) ++tensor;
    offline::TensorPlan& plan = network.tensors[tensor];
    const auto values = std::make_shared<std::vector<float>>(size_t{plan.rows} * plan.columns);
    for (size_t i = 0; i < values->size(); ++i) (*values)[i] = std::sin(static_cast<float>(i));
    model.replace_matrix(tensor, offline::make_quantizer("rtn")
                                     ->prepare(scheme, plan.columns, nullptr)
                                     ->quantize(*values, 0));
    EXPECT_NE(session_logits(model), before);
    // The same as a model that was built with these weights.
    plan.source = offline::map_tensor(offline::ElementType::F32, plan.rows, plan.columns,
                                      std::as_bytes(std::span(*values)), values);
    expect_same_bits(session_logits(model), session_logits(source.build(network)));
  }
}

TEST(TracedSession, RefusesWhatDoesNotFit) {
  const TinySource source;
  const Network network = source.compile({TensorType::Int8, 32});
  BuiltModel model = source.build(network);
  TracedSession session(model.loaded(), config());
  EXPECT_THROW(session.start({}), offline::InputError);
  EXPECT_THROW(session.start(std::vector<Token>(10, 1)), offline::InputError);
  EXPECT_THROW(session.start(std::vector<Token>{1u << 30}), offline::InputError);
  session.start(kTracedTokens);
  EXPECT_THROW(session.write_buffer(network.ops[0].output, {}), std::invalid_argument);
  EXPECT_THROW(model.replace_matrix(1u << 20, {}), std::invalid_argument);
  EXPECT_THROW(model.replace_matrix(0, {}), std::invalid_argument);
}

}  // namespace
}  // namespace nibble::test
