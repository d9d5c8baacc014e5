// The runtime's failures in words: the error's name, where it was found, what to do.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/status.h>

#include <string>

namespace nibble::offline {

/// "ChunkStoredHash (chunk 3): A chunk does not …": the noun is that of error_where().
std::string failure_text(const Failure& failure);

/// Throws InputError "where: failure_text".
[[noreturn]] void throw_failure(const std::string& where, const Failure& failure);

/// The value, or throw_failure().
template <class T>
T value_or_throw(const Result<T>& result, const std::string& where) {
  if (!result.ok()) throw_failure(where, result.failure());
  return result.value();
}
inline void value_or_throw(const Status& status, const std::string& where) {
  if (!status.ok()) throw_failure(where, status.failure());
}

}  // namespace nibble::offline
