// Forks, sets limits and executes; reads both outputs at once, so that neither pipe can fill up.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/command.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <stdexcept>
#include <thread>

namespace nibble::test {
namespace {

constexpr int kCannotRun = 127;

/// What the program writes to one descriptor. A pipe, because a limit on files must not hit
/// messages.
struct Pipe {
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  }
  std::string read_all() {
    close(ends[1]);
    std::string text;
    char part[4096];
    for (ssize_t bytes; (bytes = read(ends[0], part, sizeof part)) > 0;)
      text.append(part, static_cast<size_t>(bytes));
    close(ends[0]);
    return text;
  }
  int ends[2] = {};
};

void redirect(int from, int to) {
  if (from < 0 || dup2(from, to) < 0) _exit(kCannotRun);
}

void limit(int resource, std::optional<uint64_t> bytes) {
  if (!bytes) return;
  const rlimit both{*bytes, *bytes};
  if (setrlimit(static_cast<__rlimit_resource>(resource), &both) != 0) _exit(kCannotRun);
}

[[noreturn]] void become(const std::vector<std::string>& arguments, const CommandOptions& options) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments)
    pointers.push_back(const_cast<char*>(argument.c_str()));
  pointers.push_back(nullptr);
  if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(kCannotRun);
  signal(SIGXFSZ, SIG_IGN);  // write() then fails with EFBIG, as it does with ENOSPC on a full disk
  limit(RLIMIT_FSIZE, options.file_size_limit);
  limit(RLIMIT_AS, options.address_space_limit);
  alarm(options.timeout_seconds);
  signal(SIGALRM, SIG_DFL);
  execvp(pointers[0], pointers.data());
  _exit(kCannotRun);
}

}  // namespace

CommandResult run_command(const std::vector<std::string>& arguments,
                          const CommandOptions& options) {
  const TemporaryFolder folder;
  std::ofstream(folder / "in") << options.input;
  Pipe out, err;
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    redirect(open((folder / "in").c_str(), O_RDONLY), 0);
    redirect(out.ends[1], 1);
    redirect(err.ends[1], 2);
    become(arguments, options);
  }
  CommandResult result;
  std::thread messages([&] { result.err = err.read_all(); });
  result.out = out.read_all();
  messages.join();
  int status = 0;
  if (waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

std::filesystem::path nibble_program() {
  return NIBBLE_PROGRAM;
}

CommandResult run_nibble(std::vector<std::string> arguments, const CommandOptions& options) {
  arguments.insert(arguments.begin(), nibble_program());
  return run_command(arguments, options);
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "nibble-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make " + name);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // a leftover folder is no reason to fail a test
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace nibble::test
