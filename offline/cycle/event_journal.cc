// Looks at the end of the file, repairs it, and appends under a lock.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/event_journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "offline/files/input_error.h"
#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

constexpr off_t kTailBytes = 1 << 20;
constexpr std::string_view kEventStart = "{\"event_type\":\"QUANT_DECISION";

class Journal {
 public:
  explicit Journal(const std::filesystem::path& path)
      : path_(path),
        descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)) {
    if (descriptor_ < 0) fail("open");
    if (::flock(descriptor_, LOCK_EX) != 0) fail("lock");
  }
  ~Journal() { ::close(descriptor_); }
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  bool has(const std::string& event_id) const {
    return tail_.find("\"event_id\":\"" + event_id + '"') != std::string::npos;
  }

  void read_tail() {
    struct stat status{};
    if (::fstat(descriptor_, &status) != 0) fail("look at");
    if (!S_ISREG(status.st_mode)) throw OutputError(path_, "is not a regular file");
    bytes_ = status.st_size;
    tail_.resize(static_cast<size_t>(std::min(bytes_, kTailBytes)));
    const auto from = bytes_ - static_cast<off_t>(tail_.size());
    const ssize_t got = ::pread(descriptor_, tail_.data(), tail_.size(), from);
    if (got != static_cast<ssize_t>(tail_.size())) fail("read");
  }

  /// A process that was killed within write() may have left part of a line.
  void drop_cut_line() {
    const size_t end = tail_.rfind('\n') + 1;  // 0 where there is none
    const std::string_view cut = std::string_view(tail_).substr(end);
    if (cut.empty()) return;
    if (cut.substr(0, kEventStart.size()) != kEventStart.substr(0, cut.size())) {
      throw InputError(path_.string(),
                       "does not end in a newline, and its last line is no event; give --events "
                       "another file, or repair this one");
    }
    bytes_ -= static_cast<off_t>(cut.size());
    if (::ftruncate(descriptor_, bytes_) != 0) fail("repair");
    tail_.resize(end);
  }

  void append(const std::string& line) {
    const ssize_t written = ::write(descriptor_, line.data(), line.size());
    if (written == static_cast<ssize_t>(line.size()) && ::fsync(descriptor_) == 0) return;
    const int error = written >= 0 && errno == 0 ? ENOSPC : errno;
    (void)!::ftruncate(descriptor_, bytes_);
    errno = error;
    fail("append to");
  }

 private:
  [[noreturn]] void fail(const char* doing) const {
    throw OutputError(path_, std::string("cannot ") + doing + " it: " + std::strerror(errno));
  }

  std::filesystem::path path_;
  int descriptor_;
  off_t bytes_ = 0;
  std::string tail_;
};

}  // namespace

void append_event(const std::filesystem::path& path, const std::string& event_id,
                  const std::string& line) {
  Journal journal(path);
  journal.read_tail();
  journal.drop_cut_line();
  errno = 0;
  if (!journal.has(event_id)) journal.append(line + "\n");
}

}  // namespace nibble::offline
