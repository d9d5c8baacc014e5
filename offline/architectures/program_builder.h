// What every architecture's compiler needs: tensors found and checked, buffers by form, ops
// appended.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <vector>

#include "offline/architectures/network.h"

namespace nibble::offline {

/// How activations lie in a buffer.
struct Form {
  format::BufferType type = format::BufferType::F32;
  uint16_t group = 0;  ///< of Int8
  auto operator<=>(const Form&) const = default;
};

/// Builds a Network tensor by tensor and op by op. Tensors, buffers: indices into the Network.
class ProgramBuilder {
 public:
  ProgramBuilder(const SourceModel& model, const SchemeChoice& scheme)
      : model_(model), scheme_(scheme) {}

  /// @throws InputError when the source has no such tensor, or one of another shape
  uint16_t matrix(const std::string& name, format::Role role, uint16_t layer, uint32_t rows,
                  uint32_t columns);
  uint16_t vector(const std::string& name, format::Role role, uint16_t layer, uint32_t columns);
  uint16_t increments(const std::string& name, std::vector<uint64_t> values);
  /// The source's tensor, now accounted for; null when it has none.
  const SourceTensor* find(const std::string& name);

  /// The buffer of this purpose and shape, the same one for every layer. Placed by finish().
  uint16_t buffer(const std::string& purpose, format::BufferRows rows, uint32_t width,
                  Form form = {});
  format::OpRecord& emit(format::OpCode code, uint16_t layer, uint16_t output);
  void matmul(uint16_t layer, uint16_t output, uint16_t input, uint16_t weights,
              uint16_t bias = format::kNone, bool accumulate = false);

  /// Produces an activation once and hands it to each matrix in the form that matrix multiplies.
  /// @param produce  appends the op that writes the buffer it is given
  /// @param fused    `produce` can write Int8 as well
  /// @returns the buffer for each consumer
  std::vector<uint16_t> feed(const std::string& purpose, uint16_t layer, format::BufferRows rows,
                             std::span<const uint16_t> consumers, bool fused,
                             const std::function<void(uint16_t)>& produce);

  /// Places the buffers. @throws InputError for source tensors nothing asked for
  Network finish();

 private:
  using BufferKey = std::tuple<std::string, format::BufferRows, uint32_t, Form>;

  const SourceTensor& require(const std::string& name, const std::vector<uint64_t>& shape);
  uint16_t add(TensorPlan plan);
  Form form_for(uint16_t weights) const;

  const SourceModel& model_;
  const SchemeChoice& scheme_;
  Network network_;
  std::map<BufferKey, uint16_t> buffers_;
  std::set<std::string> used_;
};

}  // namespace nibble::offline
