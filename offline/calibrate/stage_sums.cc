// Collects rows of a few windows at a time, then adds them up on all threads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/stage_sums.h"

#include <algorithm>
#include <optional>

#include "offline/host/parallel.h"
#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

/// Rows that are held at once: enough work for every thread, and little memory.
constexpr size_t kBatchTokens = 8192;

/// Runs the block up to the stage's last product; its products only where they are wanted.
void run_to_stage(const StagePlace& place, TracedSession& session, bool with_products) {
  const std::vector<uint32_t>& matmuls = place.stage.matmuls;
  for (uint32_t op = place.runner.block().begin; op <= matmuls.back(); ++op) {
    const bool is_product = std::ranges::find(matmuls, op) != matmuls.end();
    if (with_products || !is_product) session.run_ops(op, op + 1);
  }
}

void subtract(std::span<const float> values, std::span<float> from) {
  for (size_t i = 0; i < from.size(); ++i) from[i] -= values[i % values.size()];
}

/// One product of the stage, and what the reference would have it be.
struct Target {
  const format::OpRecord& op;            ///< of the quantized network
  const format::OpRecord& reference_op;  ///< the same product
  std::vector<float> bias;               ///< [rows]; empty where there is none
  ProductSums sums;
  std::optional<ActivationRows> rows;
};

class StageCollector {
 public:
  StageCollector(const StagePlace& place, const StagePlace* reference)
      : place_(place), reference_(reference) {
    for (size_t i = 0; i < place.stage.matmuls.size(); ++i) {
      const format::OpRecord& op = place.network.ops[place.stage.matmuls[i]];
      const uint32_t columns = place.network.buffers[op.input[0]].width;
      inputs_.try_emplace(op.input[0], columns, columns);
      if (reference != nullptr) add_target(op, reference->network.ops[reference->stage.matmuls[i]]);
    }
  }

  void add_windows(size_t first, size_t count, unsigned threads) {
    const size_t tokens = place_.runner.window_tokens();
    for (const auto& [buffer, sums] : inputs_) {
      rows_.insert_or_assign(buffer,
                             ActivationRows(place_.network.buffers[buffer].width, count * tokens));
    }
    for (Target& target : targets_) {
      const uint32_t rows = place_.network.tensors[target.op.tensor[0]].rows;
      target.rows.emplace(rows, count * tokens);
    }
    run_tasks(count, [&](size_t i) { collect(first + i, i * tokens); }, [](size_t) {}, threads);
    for (auto& [buffer, sums] : inputs_) sums.add_square(rows_.at(buffer), threads);
    for (Target& target : targets_) {
      target.sums.add(*target.rows, rows_.at(target.op.input[0]), threads);
    }
  }

  StageSums sums() const {
    StageSums result;
    for (const auto& [buffer, sums] : inputs_) result.inputs.emplace(buffer, sums.statistics());
    for (const Target& target : targets_) result.targets.push_back(target.sums.sums());
    return result;
  }

 private:
  void add_target(const format::OpRecord& op, const format::OpRecord& reference_op) {
    const TensorPlan& plan = place_.network.tensors[op.tensor[0]];
    targets_.push_back({op, reference_op, {}, {plan.rows, plan.columns}, {}});
    if (op.tensor[1] == format::kNone) return;
    const WeightSource& bias = *reference_->network.tensors[reference_op.tensor[1]].source;
    targets_.back().bias.resize(bias.columns());
    bias.read_rows(0, targets_.back().bias);
  }

  void collect(size_t window, size_t first_row) {
    place_.runner.enter(window, [&](TracedSession& session) {
      run_to_stage(place_, session, false);
      for (auto& [buffer, rows] : rows_) rows.store(first_row, session.read_buffer(buffer));
      if (reference_ == nullptr) return;
      reference_->runner.enter(window, [&](TracedSession& exact) {
        run_to_stage(*reference_, exact, true);
        for (Target& target : targets_) store_target(target, session, exact, first_row);
      });
    });
  }

  static void store_target(Target& target, const TracedSession& session, const TracedSession& exact,
                           size_t first_row) {
    std::vector<float> wanted = exact.read_buffer(target.reference_op.output);
    if (!target.bias.empty()) subtract(target.bias, wanted);
    if ((target.op.flags & format::kOpAccumulate) != 0) {
      subtract(session.read_buffer(target.op.output), wanted);
    }
    target.rows->store(first_row, wanted);
  }

  const StagePlace& place_;
  const StagePlace* reference_;
  std::map<uint16_t, ProductSums> inputs_;
  std::map<uint16_t, ActivationRows> rows_;
  std::vector<Target> targets_;
};

}  // namespace

StageSums sum_stage(const StagePlace& place, const StagePlace* reference, unsigned threads,
                    const std::function<void(double)>& progress) {
  StageCollector collector(place, reference);
  const size_t all = place.runner.windows();
  const size_t batch = std::max<size_t>(kBatchTokens / place.runner.window_tokens(), 1);
  for (size_t first = 0; first < all; first += batch) {
    collector.add_windows(first, std::min(batch, all - first), threads);
    progress(static_cast<double>(std::min(first + batch, all)) / static_cast<double>(all));
  }
  return collector.sums();
}

}  // namespace nibble::offline
