// The keys and values that a GGUF file starts with.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "offline/files/byte_cursor.h"
#include "offline/formats/gguf/gguf_file.h"

namespace nibble::offline {

/// The bytes of one value; 0 for strings and arrays, whose size varies, and for unknown types.
uint32_t gguf_value_bytes(GgufType type);

/// A string behind its length. Throws InputError when it has more than `most` bytes.
std::string_view read_gguf_string(ByteCursor& cursor, uint64_t most, const std::string& what);

/// Reads `count` keys with their values: arrays into `arrays`; all else, and short arrays, into
/// the object `values`. Throws InputError, with the offset.
void read_gguf_metadata(ByteCursor& cursor, uint64_t count, nlohmann::json& values,
                        std::map<std::string, GgufArray>& arrays);

}  // namespace nibble::offline
