// Checks of the manifest's strings: they will be printed, so only clean UTF-8 passes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/core/utf8.h"
#include "runtime/format/check.h"

namespace nibble::format {

Status check_strings(Text strings, uint32_t count) {
  uint32_t complete = 0;
  while (!strings.empty()) {
    if (complete == count) return Failure{Error::BadString, complete};
    if (strings[0] == 0) {
      ++complete;
      strings = strings.from(1);
      continue;
    }
    const Utf8Prefix character = utf8_prefix(strings);
    if (character.kind != Utf8::Whole || is_control(strings.first(character.bytes)))
      return Failure{Error::BadString, complete};
    strings = strings.from(character.bytes);
    if (strings.empty()) return Failure{Error::BadString, complete};  // not terminated
  }
  if (complete != count) return Failure{Error::BadString, complete};
  return {};
}

}  // namespace nibble::format
