// The tensors of a source, each checked as it is taken, and none left over in the end.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <set>
#include <string>
#include <vector>

#include "offline/weights/source_tensors.h"

namespace nibble::offline {

/// Every function throws InputError, naming the tensor, for what does not match the configuration.
class CheckedTensors {
 public:
  /// @param tensors  outlive this
  explicit CheckedTensors(const SourceTensors& tensors) : tensors_(tensors) {}

  /// Refuses a source without such a tensor, or with one of another shape.
  Weights take(const std::string& name, const std::vector<uint64_t>& shape);
  bool has(const std::string& name) const { return tensors_.contains(name); }
  /// The name under which a model with a tied head stores the one matrix. Refuses a source that
  /// has both, with different values.
  std::string tied_name(const std::string& embedding, const std::string& head);
  /// Tensors whose names end so are no weights: publishers store them beside the weights.
  void ignore(const std::string& suffix) { ignored_.push_back(suffix); }
  /// Refuses a source with a tensor that was neither taken nor ignored.
  void refuse_others() const;

 private:
  const SourceTensor* find(const std::string& name);

  const SourceTensors& tensors_;
  std::set<std::string> known_;
  std::vector<std::string> ignored_;
};

}  // namespace nibble::offline
