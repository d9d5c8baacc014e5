// The Unicode tables of a blob, each with no more in it than its tokenizer asks for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <vector>

#include "runtime/format/blob.h"

namespace nibble::offline {

using ByteTable = std::vector<uint8_t>;

/// Bits of this set are 1 << CharacterClass.
using ClassBits = uint32_t;

/// The table of character classes (FORMAT.md, 6). Classes that are not in `kept` become Other.
ByteTable class_table(ClassBits kept);

/// The table of normalization for flag kNormalizeNfc (UAX #15).
ByteTable composition_table();

/// The table of normalization for flag kLowerCase: UnicodeData.txt's simple lower case.
ByteTable lower_case_table();

}  // namespace nibble::offline
