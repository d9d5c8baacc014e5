// The loss of distillation: how far a student's logits are from a teacher's, and the way back.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/parallel.h>

#include "offline/distill/op_functions.h"

namespace nibble::offline {

/// The sum over rows of KL(teacher ‖ student), in nats, of logits [rows, vocabulary] (Hinton,
/// Vinyals and Dean, arXiv 1503.02531, at temperature 1).
/// @param gradient  of the mean over rows, is written: (softmax(student) − softmax(teacher)) /
/// rows;
///                  null: not wanted
template <class Real>
double divergence_sum(const Rows<Real>& teacher, const Rows<Real>& student, Rows<Real>* gradient,
                      const ParallelFor& parallel);

}  // namespace nibble::offline
