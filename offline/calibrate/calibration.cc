// Goes through blocks and stages, and puts each quantized matrix into the running model at once.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/calibration.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "offline/calibrate/reference_pass.h"
#include "offline/calibrate/running_network.h"
#include "offline/calibrate/target_refit.h"
#include "offline/weights/memory_weights.h"
#include "runtime/format/layout.h"
#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

using format::OpCode;

/// Shows how far a stage of the work is, in steps of equal weight.
class Steps {
 public:
  Steps(const CalibrationOptions& options, size_t count) : options_(options), count_(count) {}
  /// @param share  of the step under way
  void show(double share) const {
    if (!options_.progress) return;
    const double done = static_cast<double>(done_) + share;
    options_.progress("calibrate", done / static_cast<double>(count_));
  }
  void finish_one() { ++done_; }

 private:
  const CalibrationOptions& options_;
  size_t count_, done_ = 0;
};

size_t step_count(const std::vector<Block>& blocks) {
  size_t count = blocks.size() - 1;
  for (const Block& block : blocks) count += block.stages.size();
  return count;
}

/// The matrix of an Embed op that a product uses as well; nothing where there is none.
std::optional<uint16_t> tied_head(const Network& network) {
  for (const format::OpRecord& embed : network.ops) {
    if (embed.code != OpCode::Embed) continue;
    for (const format::OpRecord& op : network.ops) {
      if (op.code == OpCode::MatMul && op.tensor[0] == embed.tensor[0]) return op.tensor[0];
    }
  }
  return std::nullopt;
}

void fold_all(Network& network, const std::vector<std::vector<float>>& factors) {
  for (size_t edge = 0; edge < factors.size(); ++edge) {
    fold_scales(network, network.scale_edges[edge], factors[edge]);
  }
}

class Calibration {
 public:
  /// @param network  with scales folded
  Calibration(const SourceModel& source, Network network, const CalibrationMethod& method,
              const TokenSamples& samples, const CalibrationOptions& options)
      : options_(options),
        quantizer_(make_quantizer(method.quantizer)),
        running_(source, std::move(network), samples),
        steps_(options, step_count(running_.blocks)) {}

  /// Fits matrices to what this network makes: the same one, not quantized.
  void correct_towards(RunningNetwork& reference) { reference_ = &reference; }

  Calibrated run(std::optional<TiedHeadSums> head) {
    quantize_embedding(head);
    head.reset();  // large
    for (size_t block = 0; block < running_.blocks.size(); ++block) {
      for (size_t i = 0; i < running_.blocks[block].stages.size(); ++i) quantize_stage(block, i);
      if (block + 1 < running_.blocks.size()) advance();
    }
    return {std::move(running_.network), std::move(report_)};
  }

 private:
  bool is_done(uint32_t op) const {
    const uint16_t tensor = running_.network.ops[op].tensor[0];
    return std::ranges::find(done_, tensor) != done_.end();
  }

  /// It comes first, so that all that follows is fitted to what it became.
  void quantize_embedding(const std::optional<TiedHeadSums>& head) {
    for (const format::OpRecord& op : running_.network.ops) {
      if (op.code != OpCode::Embed || (op.flags & format::kOpByPosition) != 0) continue;
      const TensorPlan& plan = running_.network.tensors[op.tensor[0]];
      const FloatMatrix weights = read_matrix(*plan.source);
      if (head) {
        store(op.tensor[0], weights,
              quantize_tied_head(*quantizer_, plan, weights, *head, options_.threads),
              &head->statistics);
      } else {
        quantize(op.tensor[0], weights, nullptr);
      }
    }
  }

  void quantize_stage(size_t block, size_t index) {
    const Stage& stage = running_.blocks[block].stages[index];
    if (!std::ranges::all_of(stage.matmuls, [&](uint32_t op) { return is_done(op); })) {
      std::optional<StagePlace> exact;
      const bool is_in_layer =
          running_.network.ops[stage.matmuls[0]].layer != format::kNoLayer;  // a head has many rows
      if (reference_ != nullptr && is_in_layer) {
        exact.emplace(reference_->place(reference_->blocks[block].stages[index]));
      }
      const StageSums sums = sum_stage(running_.place(stage), exact ? &*exact : nullptr,
                                       options_.threads, [&](double share) { steps_.show(share); });
      for (size_t i = 0; i < stage.matmuls.size(); ++i) quantize_product(stage.matmuls[i], i, sums);
    }
    steps_.finish_one();
  }

  void quantize_product(uint32_t op, size_t index, const StageSums& sums) {
    if (is_done(op)) return;
    const format::OpRecord& record = running_.network.ops[op];
    const InputStatistics& inputs = sums.inputs.at(record.input[0]);
    FloatMatrix weights = read_matrix(*running_.network.tensors[record.tensor[0]].source);
    if (!sums.targets.empty()) {
      weights = refit_to_targets(weights, inputs, sums.targets[index], options_.correction,
                                 options_.threads);
    }
    quantize(record.tensor[0], weights, &inputs);
  }

  void quantize(uint16_t tensor, const FloatMatrix& weights, const InputStatistics* statistics) {
    store(tensor, weights,
          quantize_matrix(*quantizer_, running_.network.tensors[tensor], weights, statistics,
                          options_.threads),
          statistics);
  }

  void store(uint16_t tensor, const FloatMatrix& weights, MatrixResult result,
             const InputStatistics* statistics) {
    TensorPlan& plan = running_.network.tensors[tensor];
    report_.push_back(report_matrix(plan, weights, result, statistics, *quantizer_, options_));
    running_.model.replace_matrix(tensor, result.matrix);
    plan.source = hold_quantized(std::move(result.matrix));
    done_.push_back(tensor);
  }

  void advance() {
    running_.runner.advance(options_.threads, [&](double share) { steps_.show(share); });
    if (reference_ != nullptr) reference_->runner.advance(options_.threads, [](double) {});
    steps_.finish_one();
  }

  const CalibrationOptions& options_;
  std::unique_ptr<Quantizer> quantizer_;
  RunningNetwork running_;
  RunningNetwork* reference_ = nullptr;
  Steps steps_;
  std::vector<uint16_t> done_;
  std::vector<TensorReport> report_;
};

}  // namespace

TokenSamples draw_for(const SourceModel& source, const Tokenizer& tokenizer,
                      const CalibrationOptions& calibration, uint32_t times) {
  CalibrationOptions wanted = calibration;
  wanted.samples *= times;
  wanted.sample_tokens = std::min(wanted.sample_tokens, source.shape->max_position_embeddings);
  return draw_samples(tokenizer, wanted);
}

Calibrated calibrate(const SourceModel& source, Network network, const CalibrationMethod& method,
                     const TokenSamples& samples, const CalibrationOptions& options) {
  const ReferenceQuestions questions{.head = tied_head(network).has_value(),
                                     .factors = method.fold_scales};
  ReferenceFindings findings;
  if (questions.head || questions.factors) {
    findings =
        examine_reference(source, network, questions, samples, options.threads, [&](double done) {
          if (options.progress) options.progress("examine", done);
        });
  }
  fold_all(network, findings.factors);
  Calibration calibration(source, std::move(network), method, samples, options);
  if (!method.corrects || options.correction == 0) return calibration.run(std::move(findings.head));
  Network exact = source.compile_as_f16();
  fold_all(exact, findings.factors);
  RunningNetwork reference(source, std::move(exact), samples);
  calibration.correct_towards(reference);
  return calibration.run(std::move(findings.head));
}

}  // namespace nibble::offline
