// Whether a quantized candidate is kept: how much throughput and quality it may lose.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>
#include <string>

namespace nibble::offline {

/// A candidate has to stay below both: a loss of exactly a limit is too much.
struct CycleLimits {
  double throughput_drop_percent = 12;
  double quality_loss_percent = 2;
};

/// What was measured of a candidate beside its original.
struct CycleFigures {
  double original_throughput = 0, quantized_throughput = 0;  ///< tokens per second
  std::optional<double> quality_loss_percent;  ///< of perplexity; none where no text was given

  /// Negative where the candidate is faster.
  double throughput_drop_percent() const;
};

enum class Decision { Keep, Reject };

/// "keep", "reject"
const char* decision_name(Decision decision);

struct Verdict {
  Decision decision = Decision::Reject;
  std::string reason;  ///< "throughput drop 13.1 % is not below 12 %"
};

/// Figures that are no finite numbers are a reason to reject.
Verdict decide(const CycleFigures& figures, const CycleLimits& limits);

}  // namespace nibble::offline
