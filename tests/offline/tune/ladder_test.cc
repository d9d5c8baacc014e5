// The ladder on a tiny model: the order of its rungs, where it stops, and what it says.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/ladder.h"

#include <gtest/gtest.h>

#include <fstream>
#include <random>

#include "offline/tune/mixed_precision.h"
#include "offline/tune/trial_json.h"
#include "tests/offline/calibrate/tiny_source.h"

namespace nibble::test {
namespace {

using format::TensorType;
using offline::EndToEnd;
using offline::Scheme;
using offline::SchemeChoice;
using offline::Trials;
using offline::Variant;
using offline::VariantMaker;

/// The tiny model, texts to calibrate and to judge with, and its reference.
class Ladder : public testing::Test {
 protected:
  Ladder() {
    write("calibration.txt", 1);
    write("validation.txt", 2);
    calibration_.texts = {folder_ / "calibration.txt"};
    calibration_.samples = 16;
    calibration_.sample_tokens = 32;
    validation_.emplace(source_.model(), reference_->loaded(), folder_ / "validation.txt",
                        SessionConfig());
  }

  VariantMaker maker(double max_loss_percent) const {
    return {source_.model(), &*validation_, max_loss_percent, calibration_, distillation_};
  }
  const Tokenizer& tokenizer() const { return reference_->loaded().model().tokenizer(); }
  Trials climb(double max_loss_percent, EndToEnd end_to_end = EndToEnd::No) const {
    const VariantMaker by = maker(max_loss_percent);
    return climb_ladder(by, tokenizer(), kInt4, {}, end_to_end, [](const Variant&) {});
  }

  const SchemeChoice kInt4 = [](format::Role, uint16_t) { return Scheme{TensorType::Int4, 128}; };
  TinySource source_;
  std::unique_ptr<offline::BuiltModel> reference_ =
      build_model(source_.model(), source_.model().compile_as_f16());
  offline::CalibrationOptions calibration_;
  offline::DistillationOptions distillation_;
  std::optional<offline::Validation> validation_;

 private:
  void write(const std::string& name, uint32_t seed) const {
    std::mt19937 random(seed);
    std::ofstream file(folder_ / name);
    for (int i = 0; i < 24'000; ++i)
      file << static_cast<char>(random() % 7 ? 'a' + random() % 26 : ' ');
  }

  TemporaryFolder folder_;
};

TEST_F(Ladder, StopsAtTheFirstRungThatPasses) {
  const Trials trials = climb(1e6);
  ASSERT_EQ(trials.variants().size(), 1u);
  ASSERT_NE(trials.chosen(), nullptr);
  EXPECT_EQ(trials.chosen()->name, "rtn");
  EXPECT_FALSE(trials.chosen()->network.tensors.empty());
}

TEST_F(Ladder, ClimbsToItsEndWhereNothingPasses) {
  distillation_.steps = 2;
  const Trials trials = climb(-90, EndToEnd::Yes);  // a tenth of the reference's perplexity
  EXPECT_EQ(trials.chosen(), nullptr);
  std::vector<std::string> names;
  bool is_corrected = false;
  for (const Variant& variant : trials.variants()) {
    EXPECT_EQ(variant.verdict, offline::LossVerdict::Failed);
    EXPECT_TRUE(variant.network.tensors.empty()) << "kept for nothing";
    if (!variant.name.starts_with("mixed")) names.push_back(variant.name);
    is_corrected = is_corrected || variant.name == "correction";
    if (!offline::calibration_method(variant.method).corrects) continue;
    EXPECT_EQ(variant.correction, is_corrected ? 1 : 0) << variant.name;
  }
  EXPECT_EQ(names, (std::vector<std::string>{
                       "rtn", "search", "gptq", "awq", "awq+gptq", "more calibration", "correction",
                       "trained block by block", "groups of 64", "groups of 32", "attention int8",
                       "all int8", "trained end to end"}));
  EXPECT_GT(trials.variants().size(), names.size()) << "mixed precision was tried";
  const Variant& last = trials.variants().back();
  EXPECT_GT(last.bits_per_weight, 8);
  ASSERT_TRUE(last.distillation.has_value());
  EXPECT_EQ(last.distillation->steps, 2u);
  EXPECT_NE(recommendation(trials, 2).find("Another checkpoint"), std::string::npos);
}

/// What measure_sensitivity() expects of every matrix in every scheme.
std::vector<double> losses_of(const std::vector<offline::MatrixOptions>& matrices) {
  std::vector<double> losses;
  for (const offline::MatrixOptions& matrix : matrices) {
    for (const offline::SchemeOption& option : matrix.options) losses.push_back(option.loss);
  }
  return losses;
}

TEST_F(Ladder, MeasuresEachMatrixAsIfItAloneWereQuantized) {
  const auto samples = draw_for(source_.model(), tokenizer(), calibration_);
  const auto losses_by = [&](const offline::CalibrationMethod& method) {
    return losses_of(measure_sensitivity(source_.model(),
                                         {{TensorType::Int4, 128}, {TensorType::Int8, 128}}, method,
                                         samples, {}, calibration_));
  };
  offline::CalibrationMethod alone = offline::calibration_method("gptq");
  alone.corrects = false;
  const std::vector<double> expected = losses_by(alone);
  EXPECT_EQ(losses_by(offline::calibration_method("gptq")), expected);
  EXPECT_EQ(losses_by(offline::calibration_method("awq+gptq")), expected);
}

TEST_F(Ladder, MixesSchemesWithinTheBitsAskedFor) {
  const auto samples = draw_for(source_.model(), tokenizer(), calibration_);
  const offline::MixedPrecision precision(
      measure_sensitivity(source_.model(), offline::allocated_schemes(),
                          offline::calibration_method("rtn"), samples, {}, calibration_));
  EXPECT_FALSE(precision.within_bits(precision.least_bits() - 0.01).has_value());
  double last_loss = 1e9;
  for (const double bits : {5.0, 5.5, 6.0, 7.0}) {
    const auto plan = precision.within_bits(bits);
    ASSERT_TRUE(plan.has_value());
    const Variant variant =
        maker(2).make("mixed", offline::calibration_method("rtn"), plan->schemes, samples);
    EXPECT_LE(variant.bits_per_weight, bits);
    EXPECT_NEAR(variant.bits_per_weight, plan->bits_per_weight, 1e-9) << "bytes were foreseen";
    EXPECT_LT(plan->predicted_loss, last_loss);
    // Losses add up: what was foreseen is measured, within what they fail to be additive.
    const double measured = variant.score->distance->kl.mean;
    EXPECT_GT(measured, plan->predicted_loss / 3);
    EXPECT_LT(measured, plan->predicted_loss * 3);
    last_loss = plan->predicted_loss;
  }
}

}  // namespace
}  // namespace nibble::test
