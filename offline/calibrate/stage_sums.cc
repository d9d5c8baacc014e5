// Collects rows of a few windows at a time, then adds them up on all threads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/stage_sums.h"

#include <algorithm>
#include <utility>

#include "offline/calibrate/matrix_quantization.h"
#include "offline/host/parallel.h"
#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

/// Rows that are held at once: enough work for every thread, and little memory.
constexpr size_t kBatchTokens = 8192;

bool is_in(const Stage& stage, uint32_t op) {
  return std::ranges::find(stage.matmuls, op) != stage.matmuls.end();
}

/// Runs the block up to the stage's last product, without its products.
void run_to_stage(const StagePlace& place, TracedSession& session) {
  for (uint32_t op = place.runner.block().begin; op < place.stage.matmuls.back(); ++op) {
    if (!is_in(place.stage, op)) session.run_ops(op, op + 1);
  }
}

void subtract(std::span<const float> values, std::span<float> from) {
  for (size_t i = 0; i < from.size(); ++i) from[i] -= values[i % values.size()];
}

bool adds_up(const format::OpRecord& op) {
  return (op.flags & format::kOpAccumulate) != 0;
}

/// [rows, columns] = W · sums, W the matrix of a product before quantization.
std::vector<double> multiply(const WeightSource& source, const std::vector<double>& sums,
                             unsigned threads) {
  const FloatMatrix weights = read_matrix(source);
  const size_t columns = weights.columns;
  std::vector<double> result(weights.values.size());
  run_tasks(
      weights.rows,
      [&](size_t row) {
        const std::span out(result.data() + row * columns, columns);
        for (size_t i = 0; i < columns; ++i) {
          add_scaled(double{weights.values[row * columns + i]},
                     std::span(sums).subspan(i * columns, columns), out);
        }
      },
      [](size_t) {}, threads);
  return result;
}

/// Rows that the reference has, summed up with the inputs x̃ of a product.
struct Target {
  uint16_t input;    ///< buffer of x̃
  ProductSums sums;  ///< Σ y[i]·x̃[j]
  ActivationRows rows{0, 0};
};

class StageCollector {
 public:
  StageCollector(const StagePlace& place, const StagePlace* reference)
      : place_(place), reference_(reference) {
    for (size_t i = 0; i < place.stage.matmuls.size(); ++i) {
      const format::OpRecord& op = quantized_op(i);
      const uint32_t columns = place.network.buffers[op.input[0]].width;
      inputs_.try_emplace(op.input[0], columns, columns);
      if (reference == nullptr) continue;
      const uint32_t rows = adds_up(op) ? place.network.tensors[op.tensor[0]].rows : columns;
      targets_.try_emplace(target_of(i), Target{op.input[0], {rows, columns}});
    }
  }

  void add_windows(size_t first, size_t count, unsigned threads) {
    const size_t tokens = place_.runner.window_tokens();
    for (const auto& [buffer, sums] : inputs_) {
      rows_.insert_or_assign(buffer,
                             ActivationRows(place_.network.buffers[buffer].width, count * tokens));
    }
    for (auto& [key, target] : targets_) {
      target.rows = ActivationRows(target.sums.a_columns(), count * tokens);
    }
    run_tasks(count, [&](size_t i) { collect(first + i, i * tokens); }, [](size_t) {}, threads);
    for (auto& [buffer, sums] : inputs_) sums.add_square(rows_.at(buffer), threads);
    for (auto& [key, target] : targets_) {
      target.sums.add(target.rows, rows_.at(target.input), threads);
    }
  }

  StageSums sums(unsigned threads) const {
    StageSums result;
    for (const auto& [buffer, sums] : inputs_) result.inputs.emplace(buffer, sums.statistics());
    for (size_t i = 0; reference_ != nullptr && i < place_.stage.matmuls.size(); ++i) {
      const std::vector<double>& sums = targets_.at(target_of(i)).sums.sums();
      const TensorPlan& plan = reference_->network.tensors[reference_op(i).tensor[0]];
      result.targets.push_back(adds_up(quantized_op(i)) ? sums
                                                        : multiply(*plan.source, sums, threads));
    }
    return result;
  }

 private:
  /// Products share what is summed up where it is the reference's input x, of which they make
  /// W·x; one that is added to a residual has its own: what is missing there.
  using TargetKey = std::pair<uint16_t, uint16_t>;  // buffers: of x, of x̃; or of the sum, of x̃

  const format::OpRecord& quantized_op(size_t i) const {
    return place_.network.ops[place_.stage.matmuls[i]];
  }
  const format::OpRecord& reference_op(size_t i) const {
    return reference_->network.ops[reference_->stage.matmuls[i]];
  }
  TargetKey target_of(size_t i) const {
    const format::OpRecord& op = reference_op(i);
    return {adds_up(op) ? op.output : op.input[0], quantized_op(i).input[0]};
  }

  void collect(size_t window, size_t first_row) {
    place_.runner.enter(window, [&](TracedSession& session) {
      run_to_stage(place_, session);
      for (auto& [buffer, rows] : rows_) rows.store(first_row, session.read_buffer(buffer));
      if (reference_ == nullptr) return;
      reference_->runner.enter(window, [&](TracedSession& exact) {
        run_to_stage(*reference_, exact);
        for (size_t i = 0; i < place_.stage.matmuls.size(); ++i) {
          targets_.at(target_of(i)).rows.store(first_row, wanted(i, session, exact));
        }
      });
    });
  }

  /// The reference's input; of a product that is added to a residual, what that lacks.
  std::vector<float> wanted(size_t i, const TracedSession& session, TracedSession& exact) const {
    const format::OpRecord& op = reference_op(i);
    if (!adds_up(op)) return exact.read_buffer(op.input[0]);
    const uint32_t product = reference_->stage.matmuls[i];
    exact.run_ops(product, product + 1);
    std::vector<float> rows = exact.read_buffer(op.output);
    subtract(session.read_buffer(quantized_op(i).output), rows);
    if (op.tensor[1] != format::kNone) {
      const WeightSource& bias = *reference_->network.tensors[op.tensor[1]].source;
      std::vector<float> values(bias.columns());
      bias.read_rows(0, values);
      subtract(values, rows);
    }
    return rows;
  }

  const StagePlace& place_;
  const StagePlace* reference_;
  std::map<uint16_t, ProductSums> inputs_;
  std::map<uint16_t, ActivationRows> rows_;
  std::map<TargetKey, Target> targets_;
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
  return collector.sums(threads);
}

}  // namespace nibble::offline
