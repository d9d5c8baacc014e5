// Targets of links: how a card writes them, and which ones a page of Markdown has.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

namespace nibble::offline {

/// A target as it stands between angle brackets: bytes that would end it, and all that is no
/// printable ASCII, become "%0A" and the like.
std::string link_target(const std::string& target);

/// The targets of a page's links and pictures, as files are called; not those in blocks of code.
std::vector<std::string> link_targets(const std::string& markdown);

}  // namespace nibble::offline
