// A reference model's predictions of a text, kept so that other models can be compared with them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "offline/calibrate/traced_session.h"
#include "offline/evaluate/windows.h"

namespace nibble::offline {

/// Keeps the inputs of the model's last product, width · 4 bytes for each position: logits would
/// take vocabulary · 4. Asking for logits costs that product alone, and gives the bits of a
/// session.
class StoredReference {
 public:
  /// Runs the model once over all windows.
  /// @param model     outlives this; its last product takes floats, as those of F16 models do
  /// @param progress  called with the share done, 0 … 1; may be empty
  StoredReference(const LoadedModel& model, const ScoreProtocol& protocol,
                  std::span<const Token> text, unsigned threads,
                  const std::function<void(double)>& progress);

  /// [positions of the window, vocabulary]. One thread at a time.
  std::vector<float> logits(size_t window);

 private:
  std::vector<std::vector<Token>> windows_;
  std::vector<std::vector<float>> inputs_;  ///< [windows]
  TracedSession session_;
};

}  // namespace nibble::offline
