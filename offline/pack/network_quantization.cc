// Calibrates, then trains.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/pack/network_quantization.h"

#include <nibble/thread_pool.h>

#include <algorithm>
#include <utility>

#include "offline/distill/block_distillation.h"
#include "offline/host/parallel.h"

namespace nibble::offline {
namespace {

/// What training takes over from calibration: threads, seed, windows no longer than its own.
template <class Options>
Options fitted(Options options, const TokenSamples& samples, const CalibrationOptions& calibration,
               ThreadPool& threads) {
  const auto window_tokens = static_cast<uint32_t>(samples.windows.front().size());
  options.sequence_tokens = std::min(options.sequence_tokens, window_tokens);
  options.seed = calibration.seed;
  options.parallel = threads.parallel_for();
  return options;
}

}  // namespace

QuantizedNetwork quantize_network(const SourceModel& source, Network network,
                                  const CalibrationMethod& method, const TokenSamples& samples,
                                  const CalibrationOptions& calibration,
                                  const DistillationOptions& distillation) {
  Calibrated calibrated = calibrate(source, std::move(network), method, samples, calibration);
  QuantizedNetwork result{std::move(calibrated.network), std::move(calibrated.report), {}};
  if (!method.train_blocks && !method.distill) return result;
  ThreadPool threads(thread_count(calibration.threads));
  if (method.train_blocks) {
    BlockDistillationOptions options =
        fitted(BlockDistillationOptions(), samples, calibration, threads);
    options.progress = [&](double done) {
      if (calibration.progress) calibration.progress("train blocks", done);
    };
    result.network = distill_blocks(source, result.network, samples.windows, options).network;
  }
  if (method.distill) {
    Distilled distilled = distill(source, result.network, samples.windows,
                                  fitted(distillation, samples, calibration, threads));
    result.network = std::move(distilled.network);
    result.distillation = distilled.result;
  }
  return result;
}

}  // namespace nibble::offline
