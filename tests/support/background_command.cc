// posix_spawn() with both outputs in a file.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/background_command.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace nibble::test {

BackgroundCommand::BackgroundCommand(const std::vector<std::string>& arguments,
                                     const std::string& log) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  const int error =
      posix_spawnp(&process_, pointers[0], &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("cannot start " + arguments[0]);
}

BackgroundCommand::~BackgroundCommand() {
  if (process_ < 0) return;
  signal(SIGKILL);
  wait();
}

void BackgroundCommand::signal(int number) const {
  kill(process_, number);
}

int BackgroundCommand::wait() {
  int status = 0;
  if (waitpid(process_, &status, 0) != process_) throw std::runtime_error("waitpid failed");
  process_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace nibble::test
