// The exception every reader of foreign input throws: what, where, what to do.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <stdexcept>
#include <string>

#include "offline/files/text.h"

namespace nibble::offline {

/// Bad input: the command line ends with exit status 3 and prints what().
class InputError : public std::runtime_error {
 public:
  /// @param where  file, with an offset or JSON path: "model/config.json: /rope_scaling/type"
  /// @param what   what is wrong there, and what to do about it
  /// Both may quote the input: its control characters become '?'.
  InputError(const std::string& where, const std::string& what)
      : std::runtime_error(without_controls(where + ": " + what)) {}
};

}  // namespace nibble::offline
