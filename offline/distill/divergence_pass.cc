// Runs the teacher without gradients, then the student with them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/divergence_pass.h"

#include "offline/distill/divergence_loss.h"
#include "offline/distill/student.h"

namespace nibble::offline {

DivergencePass::DivergencePass(const Network& teacher, const Network& student,
                               const PassShape& shape, const ParallelFor& parallel)
    : shape_(shape),
      parallel_(parallel),
      teacher_parameters_(read_parameters(teacher, tensors_in(teacher, whole_program(teacher)))),
      teacher_(teacher, whole_program(teacher), shape, Gradients::No, parallel),
      student_(student, whole_program(student), shape, Gradients::Yes, parallel),
      teacher_logits_(teacher.ops.back().output),
      logits_(student.ops.back().output) {}

const Rows<float>& DivergencePass::teach(std::span<const Token> tokens) {
  teacher_.forward(tokens, teacher_parameters_);
  return teacher_.output(teacher_logits_);
}

double DivergencePass::run(std::span<const Token> tokens, const Rows<float>& teacher,
                           std::span<Parameter<float>> student, Rows<float>* gradient) {
  student_.forward(tokens, student);
  return divergence_sum(teacher, student_.output(logits_), gradient, parallel_) / shape_.rows();
}

double DivergencePass::forward_and_back(std::span<const Token> tokens,
                                        std::span<Parameter<float>> student) {
  const double divergence = run(tokens, teach(tokens), student, &student_.gradient(logits_));
  student_.backward(tokens, student);
  return divergence;
}

}  // namespace nibble::offline
