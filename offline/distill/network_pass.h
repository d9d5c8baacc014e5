// Passes of floats through a network's program, and of gradients back.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <map>
#include <span>
#include <vector>

#include "offline/architectures/network.h"
#include "offline/distill/op_functions.h"
#include "offline/distill/op_range.h"

namespace nibble::offline {

/// Whether a pass keeps what the way back needs.
enum class Gradients { No, Yes };

/// Room for passes of one shape over a range of a network's ops, which is taken once: every value
/// that the way back reads, and one gradient for each buffer of the program. What runs is the
/// compiled program; nothing here knows an architecture.
template <class Real>
class NetworkPass {
 public:
  /// @param network   outlives this
  /// @param parallel  lends threads as long as this lives
  NetworkPass(const Network& network, OpRange range, const PassShape& shape, Gradients gradients,
              const ParallelFor& parallel);

  const PassShape& shape() const { return shape_; }

  /// The rows of a buffer that the range reads and has not written: the caller fills them before
  /// forward(), which leaves them as they are.
  Rows<Real>& input(uint16_t buffer);
  /// The rows of a buffer after forward().
  const Rows<Real>& output(uint16_t buffer) const;
  /// The gradient of output(buffer), all 0: the caller fills it before backward().
  Rows<Real>& gradient(uint16_t buffer) { return gradients_[buffer]; }

  /// @param tokens      [rows], sequence by sequence
  /// @param parameters  one for each tensor of the network
  void forward(std::span<const Token> tokens, std::span<Parameter<Real>> parameters);
  /// Adds to the gradients of the parameters. @pre forward() was called with the same arguments,
  /// and the pass keeps what this needs
  void backward(std::span<const Token> tokens, std::span<Parameter<Real>> parameters);

 private:
  static constexpr int kNone = -1;

  /// An op, and the versions of buffers that it reads and writes.
  struct Step {
    const format::OpRecord* op = nullptr;
    int input[2] = {kNone, kNone};
    int before = kNone;  ///< What the output held, of an op that works in place.
    int output = kNone;
  };

  void plan(const format::OpRecord& op, Gradients gradients);
  void plan_output(const format::OpRecord& op, Step& step);
  int version_of(uint16_t buffer);
  int add_version(uint16_t buffer);
  void make_gradients();
  OpOperands<Real> operands(const Step& step, std::span<const Token> tokens,
                            std::span<Parameter<Real>> parameters);
  void clear_output_gradient(const format::OpRecord& op);

  const Network& network_;
  const PassShape shape_;
  const ParallelFor parallel_;
  std::vector<Step> steps_;
  // A buffer has a new version where the way back needs the contents that an op replaces.
  std::vector<Rows<Real>> versions_;
  std::vector<bool> is_kept_;                                      // by version
  std::map<uint16_t, int> inputs_, current_;                       // versions by buffer
  std::map<uint16_t, LayerCache<Real>> caches_, cache_gradients_;  // by layer
  std::map<uint16_t, Rows<Real>> gradients_;                       // by buffer
};

}  // namespace nibble::offline
