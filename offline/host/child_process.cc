// Forks, reads a pipe until its end or the time limit, and waits for the child.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/child_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace nibble::offline {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kFailed = 3;
constexpr int kLongestWaitMs = 1000;

[[noreturn]] void fail(const char* doing) {
  throw std::runtime_error(std::string("cannot ") + doing + ": " + std::strerror(errno));
}

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

class Child {
 public:
  /// Runs `body` in the child, which never returns from it.
  template <class Body>
  Child(const Body& body, double limit_seconds)
      : end_(Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                std::chrono::duration<double>(limit_seconds))) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) fail("make a pipe");
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ == 0) {
      // A child must not outlive who waits for it.
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (::getppid() != parent) ::_exit(kFailed);
      ::close(ends[0]);
      body(ends[1]);
    }
    ::close(ends[1]);
    input_ = ends[0];
    if (process_ < 0) fail("start a process");
  }
  ~Child() { ::close(input_); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  ChildResult wait() {
    while (read_more()) {
    }
    // Who closes its output may still hang; whose output is not whole is late, ended or not.
    while (is_whole_ && !has_ended() && !is_late()) ::poll(nullptr, 0, 1);
    if (!is_ended_) kill();
    return std::move(result_);
  }

 private:
  bool is_late() const { return Clock::now() >= end_; }

  /// @returns false at the end of the output or of the time
  bool read_more() {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(end_ - Clock::now()).count();
    if (left <= 0) return false;
    pollfd wanted{input_, POLLIN, 0};
    const int ready = ::poll(&wanted, 1, static_cast<int>(std::min<int64_t>(left, kLongestWaitMs)));
    if (ready <= 0) return ready == 0 || errno == EINTR;
    char bytes[4096];
    const ssize_t count = ::read(input_, bytes, sizeof bytes);
    if (count > 0) result_.output.append(bytes, static_cast<size_t>(count));
    is_whole_ = count == 0;
    return count > 0 || (count < 0 && errno == EINTR);
  }

  bool has_ended() {
    int status = 0;
    if (::waitpid(process_, &status, WNOHANG) != process_) return false;
    if (WIFEXITED(status)) result_.exit_status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    return is_ended_ = true;
  }

  void kill() {
    result_.timed_out = true;
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  Clock::time_point end_;
  pid_t process_ = -1;
  int input_ = -1;
  bool is_whole_ = false;
  bool is_ended_ = false;
  ChildResult result_;
};

[[noreturn]] void become_this_program(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> words{const_cast<char*>("nibble")};
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  if (::dup2(output, STDOUT_FILENO) >= 0) ::execv("/proc/self/exe", words.data());
  ::_exit(kFailed);
}

[[noreturn]] void run_task(const std::function<std::string()>& task, int output) {
  try {
    ::_exit(write_all(output, task()) ? 0 : kFailed);
  } catch (...) {
    ::_exit(kFailed);
  }
}

}  // namespace

std::string ChildResult::ending() const {
  if (timed_out) return "no answer within the time limit";
  if (exit_status) return "exit status " + std::to_string(*exit_status);
  return "signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
}

ChildResult run_this_program(const std::vector<std::string>& arguments, double limit_seconds) {
  return Child([&](int output) { become_this_program(arguments, output); }, limit_seconds).wait();
}

ChildResult run_in_copy(const std::function<std::string()>& task, double limit_seconds) {
  return Child([&](int output) { run_task(task, output); }, limit_seconds).wait();
}

}  // namespace nibble::offline
