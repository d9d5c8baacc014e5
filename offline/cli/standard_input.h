// Standard input, which may have no end: read up to a bound.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <istream>
#include <optional>
#include <string>

namespace nibble::offline {

/// All that is left of the stream. Throws InputError for more than `most_bytes`.
/// @param reason  ends the message: "no context holds that"
std::string read_all(std::istream& input, size_t most_bytes, const std::string& reason);

/// The next line without its newline, or nothing at the end. Throws InputError for a longer one
/// than `most_bytes`, of which no more is kept.
std::optional<std::string> read_line(std::istream& input, size_t most_bytes,
                                     const std::string& reason);

}  // namespace nibble::offline
