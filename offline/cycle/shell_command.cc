// Forks into a process group of its own, so that a time-out reaches all of it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/shell_command.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace nibble::offline {
namespace {

constexpr int kCannotRun = 127;

std::string errno_text(const char* doing) {
  return std::string("cannot ") + doing + ": " + std::strerror(errno);
}

/// A file in memory: unlike a pipe, it needs nobody who reads it.
int input_descriptor(const std::string& text) {
  const int descriptor = ::memfd_create("event", MFD_CLOEXEC);
  if (descriptor < 0) return -1;
  const ssize_t written = ::write(descriptor, text.data(), text.size());
  if (written == static_cast<ssize_t>(text.size()) && ::lseek(descriptor, 0, SEEK_SET) == 0) {
    return descriptor;
  }
  ::close(descriptor);
  return -1;
}

/// Between fork() and exec: only what is safe in a signal handler.
[[noreturn]] void become(const char* command, int input, char** environment) {
  ::setpgid(0, 0);
  if (::dup2(input, STDIN_FILENO) < 0 || ::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
    ::_exit(kCannotRun);
  }
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) ::signal(signal, SIG_DFL);
  const char* const arguments[] = {"sh", "-c", command, nullptr};
  ::execve("/bin/sh", const_cast<char**>(arguments), environment);
  ::_exit(kCannotRun);
}

/// @returns whether it ended in time
bool wait_for(pid_t child, std::chrono::milliseconds timeout, int& status) {
  const auto end = std::chrono::steady_clock::now() + timeout;
  while (true) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

std::optional<std::string> outcome(int status) {
  if (WIFSIGNALED(status)) return "was ended by signal " + std::to_string(WTERMSIG(status));
  if (WEXITSTATUS(status) == 0) return {};
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

std::optional<std::string> run_shell_command(const ShellCommand& command) {
  const int input = input_descriptor(command.input);
  if (input < 0) return errno_text("make its standard input");
  // Not behind fork(): setenv() takes memory.
  ::setenv("QUANT_EVENT_ID", command.event_id.c_str(), 1);
  const pid_t child = ::fork();
  if (child == 0) become(command.command.c_str(), input, ::environ);
  ::close(input);
  if (child < 0) return errno_text("start it");
  int status = 0;
  if (wait_for(child, command.timeout, status)) return outcome(status);
  ::kill(-child, SIGKILL);
  ::kill(child, SIGKILL);  // it may not have become the leader of its group yet
  ::waitpid(child, &status, 0);
  return "took more than " + std::to_string(command.timeout.count()) + " ms";
}

}  // namespace nibble::offline
