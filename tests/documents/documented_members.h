// The tables of docs/ARTIFACTS.md against the JSON that they describe.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace nibble::test {

/// Every member that a document has is in the page's table below the heading `## file`, with its
/// type, and the other way around. Reports failures to GoogleTest.
void expect_documented(const std::string& file, const nlohmann::json& document);

}  // namespace nibble::test
