// Lends the runtime's kernel, which takes eight numbers at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/exponential.h"

#include <nibble/cpu.h>

#include <algorithm>
#include <cmath>

#include "runtime/kernels/kernels.h"

namespace nibble::offline {

void exponentiate(float* x, size_t count) {
  static const Kernels* const kernels = best_kernels(cpu_features());
  constexpr size_t kUnit = 8;
  const size_t whole = count / kUnit * kUnit;
  kernels->exponentiate(x, whole);
  float rest[kUnit] = {};
  std::copy(x + whole, x + count, rest);
  kernels->exponentiate(rest, kUnit);
  std::copy_n(rest, count - whole, x + whole);
}

void exponentiate(double* x, size_t count) {
  std::for_each_n(x, count, [](double& value) { value = std::exp(value); });
}

}  // namespace nibble::offline
