// Runs a program as a user would: arguments in, exit status and both outputs back.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace nibble::test {

struct CommandResult {
  int status = -1;  ///< exit status; 128 + signal where one ended it
  std::string out, err;
};

struct CommandOptions {
  std::string input = {};  ///< standard input
  std::optional<uint64_t> file_size_limit =
      {};  ///< bytes; writing past it fails as a full disk does
  std::optional<uint64_t> address_space_limit = {};  ///< bytes
  std::filesystem::path folder = {};                 ///< working directory; empty = this one
  unsigned timeout_seconds = 120;                    ///< then the program is killed: status 128 + 9
};

/// The first argument is the program, looked up in PATH unless it has a slash.
CommandResult run_command(const std::vector<std::string>& arguments,
                          const CommandOptions& options = {});

/// Of this build.
std::filesystem::path nibble_program();
/// run_command() with the `nibble` of this build in front.
CommandResult run_nibble(std::vector<std::string> arguments, const CommandOptions& options = {});

/// A new folder, which is removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace nibble::test
