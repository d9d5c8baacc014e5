// Calibration of a whole small network: fitted to the running model, the same for any number of
// threads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/calibration.h"

#include <gtest/gtest.h>

#include <set>

#include "offline/calibrate/stage_sums.h"
#include "runtime/core/random.h"
#include "tests/offline/calibrate/tiny_source.h"

namespace nibble::test {
namespace {

using format::TensorType;
using offline::Calibrated;
using offline::CalibrationOptions;
using offline::Network;
using offline::Scheme;

constexpr Scheme kScheme{TensorType::Int4, 32};

offline::TokenSamples samples(const TinySource& source) {
  offline::TokenSamples samples;
  uint64_t state = 1;
  for (int i = 0; i < 8; ++i) {
    samples.windows.emplace_back();
    for (int token = 0; token < 20; ++token) {
      samples.windows.back().push_back(
          static_cast<Token>(next_random(state) % source.model().shape->vocab_size));
    }
  }
  return samples;
}

Calibrated run(const TinySource& source, const std::string& method, unsigned threads = 0) {
  CalibrationOptions options;
  options.threads = threads;
  return offline::calibrate(source.model(), source.compile(kScheme),
                            offline::calibration_method(method), samples(source), options);
}

std::vector<uint8_t> bytes_of(const Network& network) {
  return offline::build_weights(network, *offline::make_quantizer("rtn"), [](double) {});
}

/// With a head of its own, and with one that is the embedding as well.
class Calibration : public testing::TestWithParam<TinySource::Head> {
 protected:
  const TinySource source{GetParam()};
};

INSTANTIATE_TEST_SUITE_P(Heads, Calibration,
                         testing::Values(TinySource::Head::Separate, TinySource::Head::Tied));

TEST_P(Calibration, GivesEveryMatrixCodesAndReportsIt) {
  for (const std::string& method : offline::calibration_method_names()) {
    const Calibrated calibrated = run(source, method);
    std::set<std::string> reported;
    for (const offline::TensorReport& report : calibrated.report) reported.insert(report.tensor);
    for (const offline::TensorPlan& plan : calibrated.network.tensors) {
      if (!format::is_matrix(plan.scheme.type)) continue;
      EXPECT_EQ(plan.source->stored_scheme(), kScheme) << plan.name;
      EXPECT_TRUE(reported.contains(plan.name)) << plan.name;
    }
  }
}

/// What the allocator chooses by: the loss in each scheme, on the inputs that the matrix has.
TEST(CalibrationProbes, ReportTheLossOfEverySchemeAskedFor) {
  const TinySource source;
  CalibrationOptions options;
  options.probed_schemes = {{TensorType::Int8, 32}, kScheme, {TensorType::Int4Zero, 32}};
  const Calibrated calibrated =
      offline::calibrate(source.model(), source.compile(kScheme),
                         offline::calibration_method("gptq"), samples(source), options);
  size_t probed = 0;
  for (const offline::TensorReport& report : calibrated.report) {
    if (report.probes.empty()) continue;  // an embedding: nothing multiplies it
    ASSERT_EQ(report.probes.size(), 3u) << report.tensor;
    for (size_t i = 0; i < 3; ++i) EXPECT_EQ(report.probes[i].scheme, options.probed_schemes[i]);
    EXPECT_EQ(report.probes[1].loss, report.loss) << report.tensor << ": its own scheme";
    EXPECT_LT(report.probes[0].loss, report.loss / 50) << report.tensor;
    // These weights lie about zero, so that a zero point changes little.
    EXPECT_LT(report.probes[2].loss, report.loss * 1.5) << report.tensor;
    EXPECT_GT(report.probes[2].loss, report.loss / 4) << report.tensor;
    ++probed;
  }
  EXPECT_GT(probed, 10u);
}

TEST_P(Calibration, GivesTheSameBytesForAnyNumberOfThreads) {
  for (const std::string& method : offline::calibration_method_names()) {
    const std::vector<uint8_t> once = bytes_of(run(source, method, 1).network);
    EXPECT_EQ(bytes_of(run(source, method, 3).network), once) << method;
  }
}

TEST_P(Calibration, LosesLessThanRoundingToNearest) {
  for (const std::string method : {"search", "gptq"}) {
    for (const offline::TensorReport& report : run(source, method).report) {
      if (report.role == format::Role::Embedding) continue;  // nothing multiplies it
      EXPECT_GT(report.loss, 0) << report.tensor;
      EXPECT_LT(report.loss, report.nearest_loss) << method << ", " << report.tensor;
    }
  }
}

TEST(CalibrationOrder, FitsToInputsFromTheQuantizedPrefix) {
  const TinySource source;
  const Calibrated whole = run(source, "gptq");
  // The inputs of the last matrix, summed up in the quantized model itself.
  const offline::BuiltModel model = source.build(whole.network);
  const std::vector<offline::Block> blocks = offline::plan_blocks(whole.network);
  const offline::TokenSamples windows = samples(source);
  offline::BlockRunner runner(model.loaded(), blocks, windows);
  for (size_t i = 0; i + 1 < blocks.size(); ++i) runner.advance(0, [](double) {});
  const offline::StageSums sums = offline::sum_stage(
      {runner, whole.network, blocks.back().stages[0]}, nullptr, 0, [](double) {});
  uint32_t head = 0;
  while (whole.network.tensors[head].role != format::Role::Head) ++head;
  const offline::TensorPlan published = source.compile(kScheme).tensors[head];
  const auto again = offline::quantize_matrix(*offline::make_quantizer("gptq"), published,
                                              offline::read_matrix(*published.source),
                                              &sums.inputs.begin()->second, 0);
  const offline::QuantizedMatrix stored =
      whole.network.tensors[head].source->read_stored(0, published.rows);
  EXPECT_EQ(again.matrix.codes, stored.codes);
  EXPECT_EQ(again.matrix.scales, stored.scales);
}

}  // namespace
}  // namespace nibble::test
