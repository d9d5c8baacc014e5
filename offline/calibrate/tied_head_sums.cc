// Reads predictions off the last product, and adds noise behind the first op.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <cmath>

#include "offline/calibrate/probabilities.h"
#include "offline/calibrate/tied_head.h"
#include "offline/host/parallel.h"
#include "runtime/core/random.h"

namespace nibble::offline {
namespace {

/// Windows over which the sensitivity to embeddings is measured.
constexpr size_t kNoisyWindows = 8;
/// Of large vocabularies, fewer windows run at once.
constexpr size_t kLogitsInMemory = 1 << 27;
/// Noise as a share of the root mean square of embeddings: about what four bits do.
constexpr double kNoise = 0.08;

/// What the samples of one window tell.
struct WindowWeights {
  std::vector<LogitWeight> weights;
  std::vector<double> rest;
};

std::vector<float> logits_of(const TracedSession& session) {
  return session.read_buffer(session.ops()[session.ops().size() - 1].output);
}

WindowWeights weigh_logits(std::span<const float> logits, size_t vocabulary, size_t first_sample) {
  WindowWeights result{{}, std::vector<double>(vocabulary)};
  for (size_t row = 0; row * vocabulary < logits.size(); ++row) {
    const std::vector<float> p = probabilities(logits.subspan(row * vocabulary, vocabulary));
    for (uint32_t token = 0; token < vocabulary; ++token) {
      const float weight = p[token] * (1 - p[token]);
      if (p[token] > kLeastProbability) {
        result.weights.push_back({token, static_cast<uint32_t>(first_sample + row), weight});
      } else {
        result.rest[token] += double{weight};
      }
    }
  }
  return result;
}

/// ± magnitude for every element: the same for a window however often it is asked for.
void add_noise(std::span<float> values, double magnitude, uint64_t seed) {
  uint64_t state = seed;
  for (float& value : values) {
    const double sign = (next_random(state) >> 63) != 0 ? 1 : -1;
    value += static_cast<float>(sign * magnitude);
  }
}

double root_mean_square(std::span<const float> values) {
  double sum = 0;
  for (const float value : values) sum += double{value} * double{value};
  return std::sqrt(sum / static_cast<double>(values.size()));
}

/// Σ squared_change() over a window's predictions, divided by Σ of the noise's squares.
double window_sensitivity(RunningNetwork& exact, size_t window) {
  const auto end = static_cast<uint32_t>(exact.network.ops.size());
  const uint16_t residual = exact.network.ops[0].output;
  std::vector<float> before, after, embedded;
  exact.runner.enter(window, [&](TracedSession& session) {
    session.run_ops(0, 1);
    embedded = session.read_buffer(residual);
    session.run_ops(1, end);
    before = logits_of(session);
  });
  const double magnitude = kNoise * root_mean_square(embedded);
  add_noise(embedded, magnitude, window + 1);
  exact.runner.enter(window, [&](TracedSession& session) {
    session.run_ops(0, 1);
    session.write_buffer(residual, embedded);
    session.run_ops(1, end);
    after = logits_of(session);
  });
  const size_t vocabulary = before.size() / exact.runner.window_tokens();
  double change = 0;
  for (size_t i = 0; i < before.size(); i += vocabulary) {
    change += squared_change(std::span(before).subspan(i, vocabulary),
                             std::span(after).subspan(i, vocabulary));
  }
  const double noise = magnitude * magnitude * static_cast<double>(embedded.size());
  return noise > 0 ? change / noise : 0;
}

/// Runs the last block of some windows, and collects inputs and predictions.
void collect_predictions(RunningNetwork& exact, uint32_t head, unsigned threads,
                         TiedHeadSums& sums) {
  const size_t tokens = exact.runner.window_tokens(), rows = sums.rest.size();
  std::vector<WindowWeights> of_windows(sums.inputs.rows() / tokens);
  run_tasks(
      of_windows.size(),
      [&](size_t window) {
        exact.runner.enter(window, [&](TracedSession& session) {
          session.run_ops(exact.runner.block().begin, head + 1);
          sums.inputs.store(window * tokens, session.read_buffer(exact.network.ops[head].input[0]));
          of_windows[window] = weigh_logits(logits_of(session), rows, window * tokens);
        });
      },
      [](size_t) {}, threads);
  for (const WindowWeights& window : of_windows) {
    sums.weights.insert(sums.weights.end(), window.weights.begin(), window.weights.end());
    for (size_t row = 0; row < rows; ++row) sums.rest[row] += window.rest[row];
  }
  std::ranges::sort(sums.weights, [](const LogitWeight& a, const LogitWeight& b) {
    return a.row != b.row ? a.row < b.row : a.sample < b.sample;
  });
}

}  // namespace

TokenSamples head_samples(const TokenSamples& samples) {
  const size_t wanted = std::max<size_t>(kMostHeadSamples / samples.windows.front().size(), 1);
  const auto count = static_cast<ptrdiff_t>(std::min(wanted, samples.windows.size()));
  return {{samples.windows.begin(), samples.windows.begin() + count}};
}

double embedding_sensitivity(RunningNetwork& exact, unsigned threads) {
  std::vector<double> of_windows(std::min(kNoisyWindows, exact.runner.windows()));
  const size_t logits =
      exact.runner.window_tokens() * exact.network.buffers[exact.network.ops.back().output].width;
  const size_t fitting =
      std::max<size_t>(kLogitsInMemory / (3 * logits), 1);  // before, after, its own
  threads = static_cast<unsigned>(std::min<size_t>(thread_count(threads), fitting));
  run_tasks(
      of_windows.size(), [&](size_t i) { of_windows[i] = window_sensitivity(exact, i); },
      [](size_t) {}, threads);
  double sum = 0;
  for (const double sensitivity : of_windows) sum += sensitivity;
  return sum / static_cast<double>(of_windows.size());
}

TiedHeadSums sum_predictions(RunningNetwork& exact, const TokenSamples& samples, double sensitivity,
                             unsigned threads) {
  const uint32_t head = exact.blocks.back().stages.back().matmuls.back();
  const TensorPlan& plan = exact.network.tensors[exact.network.ops[head].tensor[0]];
  const size_t tokens = exact.runner.window_tokens();
  const TokenSamples used = head_samples(samples);
  const size_t windows = used.windows.size();
  TiedHeadSums sums{ActivationRows(plan.columns, windows * tokens),
                    {},
                    {},
                    std::vector<double>(plan.rows),
                    std::vector<uint32_t>(plan.rows),
                    sensitivity};
  collect_predictions(exact, head, threads, sums);
  for (const std::vector<Token>& window : used.windows) {
    for (const Token token : window) ++sums.counts[token];
  }
  ProductSums squares(plan.columns, plan.columns);
  squares.add_square(sums.inputs, threads);
  sums.statistics = squares.statistics();
  return sums;
}

}  // namespace nibble::offline
