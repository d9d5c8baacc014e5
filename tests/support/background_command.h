// A program that runs while the test goes on, and that the test ends.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

namespace nibble::test {

class BackgroundCommand {
 public:
  /// Its outputs go to the file `log`. The first argument is looked up in PATH.
  BackgroundCommand(const std::vector<std::string>& arguments, const std::string& log);
  /// Kills it, if nobody has waited for it.
  ~BackgroundCommand();
  BackgroundCommand(const BackgroundCommand&) = delete;
  BackgroundCommand& operator=(const BackgroundCommand&) = delete;

  void signal(int number) const;
  /// @returns exit status; 128 + signal where one ended it
  int wait();

 private:
  int process_ = -1;
};

}  // namespace nibble::test
