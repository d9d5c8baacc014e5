// Tensors by the names their publisher gave them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <map>
#include <string>
#include <vector>

#include "offline/weights/weight_source.h"

namespace nibble::offline {

/// A tensor of a model as published.
struct SourceTensor {
  std::vector<uint64_t> shape;  ///< as published: slowest dimension first; a scalar has none
  Weights weights;              ///< columns: the last dimension; rows: all others together
  std::string type = {};        ///< how the file stores it: "F16", "Q4_K"
  uint64_t stored_bytes = 0;
};

using SourceTensors = std::map<std::string, SourceTensor>;

}  // namespace nibble::offline
