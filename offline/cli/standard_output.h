// Results on standard output, where a full disk or a closed pipe is an error like any other.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace nibble::offline {

/// Throws OutputError when the text cannot be written.
void print(std::string_view text);
/// print() and flush: for text that appears as it is made.
void print_now(std::string_view text);
/// Indented by two, one newline at the end; bytes that are not UTF-8 become U+FFFD.
std::string json_text(const nlohmann::ordered_json& json);
void print_json(const nlohmann::ordered_json& json);
/// Throws OutputError when anything printed so far did not arrive.
void finish_output();

}  // namespace nibble::offline
