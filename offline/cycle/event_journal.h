// The file of events: one line of JSON each, none lost, none twice, none cut.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <string>

namespace nibble::offline {

/// Adds the line and a newline, unless the file's last mebibyte has the event already. A line that
/// a killed process left without its end goes first. Processes that append take turns.
/// Throws OutputError, which leaves the file as it was, and InputError for a file of something
/// else.
void append_event(const std::filesystem::path& path, const std::string& event_id,
                  const std::string& line);

}  // namespace nibble::offline
