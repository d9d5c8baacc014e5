// One row after another; each row's divergence in double, and their sum in order of rows.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/divergence_loss.h"

#include <cmath>

#include "offline/distill/exponential.h"
#include "offline/distill/lane_sum.h"
#include "offline/distill/parallel_loop.h"

namespace nibble::offline {
namespace {

/// Numbers exp(logits − largest), and their sum.
template <class Real>
struct Exponentials {
  std::vector<Real> values;
  Real largest = 0, sum = 0;

  void set(const Real* logits, uint32_t count) {
    values.assign(logits, logits + count);
    largest = logits[0];
    for (uint32_t i = 1; i < count; ++i) largest = logits[i] > largest ? logits[i] : largest;
    for (uint32_t i = 0; i < count; ++i) values[i] -= largest;
    exponentiate(values.data(), count);
    sum = lane_sum<Real>(count, [this](uint32_t i) { return values[i]; });
  }
};

/// Σ p·(log p − log q): with z the logits less their largest, log p = z − log Σ exp z.
template <class Real>
double divergence(const Exponentials<Real>& teacher, const Real* teacher_logits,
                  const Exponentials<Real>& student, const Real* student_logits, uint32_t count) {
  const double weighted = lane_sum<double>(count, [&](uint32_t i) {
    const Real z_teacher = teacher_logits[i] - teacher.largest;
    const Real z_student = student_logits[i] - student.largest;
    return double{teacher.values[i]} * (double{z_teacher} - double{z_student});
  });
  const double sum = teacher.sum;
  return weighted / sum - std::log(sum) + std::log(double{student.sum});
}

template <class Real>
void write_gradient(const Exponentials<Real>& teacher, const Exponentials<Real>& student,
                    Real weight, uint32_t count, Real* gradient) {
  const Real teacher_factor = weight / teacher.sum, student_factor = weight / student.sum;
  for (uint32_t i = 0; i < count; ++i) {
    gradient[i] = student.values[i] * student_factor - teacher.values[i] * teacher_factor;
  }
}

}  // namespace

template <class Real>
double divergence_sum(const Rows<Real>& teacher, const Rows<Real>& student, Rows<Real>* gradient,
                      const ParallelFor& parallel) {
  const uint32_t width = student.width;
  const Real weight = Real{1} / static_cast<Real>(student.rows);
  std::vector<double> divergences(student.rows);
  run_tiles(parallel, student.rows, [&](uint32_t first, uint32_t last) {
    Exponentials<Real> of_teacher, of_student;
    for (uint32_t row = first; row < last; ++row) {
      of_teacher.set(teacher.row(row), width);
      of_student.set(student.row(row), width);
      divergences[row] =
          divergence(of_teacher, teacher.row(row), of_student, student.row(row), width);
      if (gradient == nullptr) continue;
      write_gradient(of_teacher, of_student, weight, width, gradient->row(row));
    }
  });
  double sum = 0;
  for (const double of_row : divergences) sum += of_row;
  return sum;
}

template double divergence_sum(const Rows<float>&, const Rows<float>&, Rows<float>*,
                               const ParallelFor&);
template double divergence_sum(const Rows<double>&, const Rows<double>&, Rows<double>*,
                               const ParallelFor&);

}  // namespace nibble::offline
