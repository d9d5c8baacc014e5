// Failures of the runtime as one line of text, or as an exception.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/failure_text.h"

#include "offline/files/input_error.h"

namespace nibble::offline {
std::string failure_text(const Failure& failure) {
  std::string text = error_name(failure.error);
  const std::string counted = error_where(failure.error);
  if (!counted.empty()) text += " (" + counted + " " + std::to_string(failure.where) + ")";
  return text + ": " + error_text(failure.error);
}

void throw_failure(const std::string& where, const Failure& failure) {
  throw InputError(where, failure_text(failure));
}

}  // namespace nibble::offline
