// One batch of windows through teacher and student: how far apart they are, and the way back.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <span>
#include <vector>

#include "offline/distill/network_pass.h"

namespace nibble::offline {

/// Both networks with room for passes of one shape. Both outlive this.
class DivergencePass {
 public:
  DivergencePass(const Network& teacher, const Network& student, const PassShape& shape,
                 const ParallelFor& parallel);

  const PassShape& shape() const { return shape_; }

  /// The teacher's logits [shape().rows(), vocabulary]; the next call replaces them.
  /// @param tokens  [shape().rows()]
  const Rows<float>& teach(std::span<const Token> tokens);

  /// @param teacher  what teach() said of these tokens, now or earlier
  /// @param student  the student's parameters
  /// @returns the mean of KL(teacher ‖ student) over all positions, in nats
  double forward(std::span<const Token> tokens, const Rows<float>& teacher,
                 std::span<Parameter<float>> student) {
    return run(tokens, teacher, student, nullptr);
  }
  /// The same, and adds that mean's gradient to the parameters'.
  double forward_and_back(std::span<const Token> tokens, std::span<Parameter<float>> student);

 private:
  double run(std::span<const Token> tokens, const Rows<float>& teacher,
             std::span<Parameter<float>> student, Rows<float>* gradient);

  const PassShape shape_;
  const ParallelFor parallel_;
  std::vector<Parameter<float>> teacher_parameters_;
  NetworkPass<float> teacher_, student_;
  const uint16_t teacher_logits_, logits_;  // buffers
};

}  // namespace nibble::offline
