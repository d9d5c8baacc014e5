// The scalar table: the generic algorithms in plain C++, what every other table is compared with.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/kernels.h"

namespace nibble::scalar {
inline constexpr char kName[] = "scalar";
inline constexpr uint64_t kRequiredFeatures = 0;

// clang-format off: each header uses those before it
#include "runtime/kernels/scalar/vec.h"
#include "runtime/kernels/scalar/dot.h"
#include "runtime/kernels/generic/table.inl.h"
// clang-format on
}  // namespace nibble::scalar
