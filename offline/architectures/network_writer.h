// Appends tensors, buffers and operations to a Network, under indices that cannot be confused.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "offline/architectures/network.h"
#include "runtime/format/ops.h"

namespace nibble::offline {

/// Indices into Network::tensors and Network::buffers.
enum class TensorId : uint16_t { None = format::kNone };
enum class BufferId : uint16_t { None = format::kNone };

/// How a buffer holds activations.
struct ActivationFormat {
  format::BufferType type = format::BufferType::F32;
  uint16_t group = 0;  ///< of Int8
  auto operator<=>(const ActivationFormat&) const = default;
};

/// Whether a product is added to what its buffer holds.
enum class Accumulate { No, Yes };

struct Operands {
  BufferId input[2] = {BufferId::None, BufferId::None};
  TensorId tensor[2] = {TensorId::None, TensorId::None};
  uint32_t argument[format::kOpArguments] = {};
  uint16_t flags = 0;  ///< Those beside accumulate.
};

/// Tensors and operations belong to the layer that set_layer() named last.
class NetworkWriter {
 public:
  void set_layer(uint16_t layer) { layer_ = layer; }
  uint16_t layer() const { return layer_; }

  /// @param plan  its layer is filled in
  TensorId add(TensorPlan plan);
  /// The buffer of this name and shape, the same one for every layer.
  BufferId buffer(const std::string& name, format::BufferRows rows, uint32_t width,
                  ActivationFormat format = {});
  void emit(format::OpCode code, BufferId output, const Operands& operands,
            Accumulate accumulate = Accumulate::No);
  void add(ScaleEdge edge) { network_.scale_edges.push_back(std::move(edge)); }

  const TensorPlan& operator[](TensorId tensor) const;
  const format::BufferRecord& operator[](BufferId buffer) const;

  /// Plans the buffers. Nothing may be called after it.
  Network finish();

 private:
  using BufferKey = std::tuple<std::string, format::BufferRows, uint32_t, ActivationFormat>;

  uint16_t layer_ = format::kNoLayer;
  Network network_;
  std::map<BufferKey, BufferId> buffers_;
};

}  // namespace nibble::offline
