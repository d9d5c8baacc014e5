// fork, limits, exec; outputs go through files so that neither pipe can fill up.
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

#include "tests/support/models.h"

namespace nibble::test {
namespace {

constexpr int kCannotRun = 127;

void redirect(const std::filesystem::path& file, int flags, int descriptor) {
  const int opened = open(file.c_str(), flags, 0600);
  if (opened < 0 || dup2(opened, descriptor) < 0) _exit(kCannotRun);
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
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) {
    redirect(folder / "in", O_RDONLY, 0);
    redirect(folder / "out", O_WRONLY | O_CREAT, 1);
    redirect(folder / "err", O_WRONLY | O_CREAT, 2);
    become(arguments, options);
  }
  int status = 0;
  if (waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          read_file(folder / "out"), read_file(folder / "err")};
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
