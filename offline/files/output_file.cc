// Temporary file, fsync, rename, fsync of the folder: the order a power cut respects.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace nibble::offline {
namespace {

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

/// mkstemp() and mkdtemp() make what only its owner reads; the permissions of what is new follow
/// the umask.
mode_t new_mode(mode_t all) {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return all & ~mask;
}

/// A name beside `path` that mkstemp() or mkdtemp() completes.
std::string name_beside(const std::filesystem::path& path) {
  return (folder_of(path) / ("." + path.filename().string() + ".XXXXXX")).string();
}

}  // namespace

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

void write_output_file(const std::filesystem::path& path, std::string_view text) {
  OutputFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

void remove_unfinished_outputs(const std::filesystem::path& path) {
  constexpr size_t kRandomCharacters = 6;
  const std::string start = "." + path.filename().string() + ".";
  std::error_code error;
  std::filesystem::directory_iterator entry(folder_of(path), error), end;
  for (; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename();
    const bool is_left = name.size() == start.size() + kRandomCharacters &&
                         name.starts_with(start) &&
                         name.find('.', start.size()) == std::string::npos;
    std::error_code ignored;
    if (is_left && entry->is_regular_file(ignored)) std::filesystem::remove(*entry, ignored);
  }
}

OutputFile::OutputFile(std::filesystem::path path) : path_(std::move(path)) {
  std::error_code error;
  // Renaming over a device or a folder would replace it, or fail only after all the work.
  if (std::filesystem::exists(path_, error) && !std::filesystem::is_regular_file(path_, error)) {
    throw OutputError(path_, "exists and is not a regular file; give another name");
  }
  std::string name = name_beside(path_);
  descriptor_ = ::mkstemp(name.data());
  if (descriptor_ < 0) fail("create a file there");
  temporary_ = std::move(name);
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

void OutputFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    bytes = bytes.subspan(static_cast<size_t>(written));
  }
}

void OutputFile::write_at(uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail("write");
    bytes = bytes.subspan(static_cast<size_t>(written));
    offset += static_cast<uint64_t>(written);
  }
}

void OutputFile::commit() {
  if (::fchmod(descriptor_, new_mode(0666)) != 0) fail("set permissions");
  if (::fsync(descriptor_) != 0) fail("sync");
  // Network file systems report a full disk here.
  if (::close(std::exchange(descriptor_, -1)) != 0) fail("close");
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("rename into place");
  temporary_.clear();
  sync_folder(folder_of(path_));
}

void OutputFile::fail(const char* doing) const {
  throw OutputError(path_, std::string("cannot ") + doing + ": " + std::strerror(errno));
}

/// A path may end in a slash, which no file name does.
OutputFolder::OutputFolder(std::filesystem::path path)
    : path_(path.has_filename() ? std::move(path) : path.parent_path()) {
  std::error_code error;
  const bool is_empty_folder =
      std::filesystem::is_directory(path_, error) && std::filesystem::is_empty(path_, error);
  if (std::filesystem::exists(path_, error) && !is_empty_folder) {
    throw OutputError(path_, "exists and is no empty folder; give another name");
  }
  std::string name = name_beside(path_);
  if (::mkdtemp(name.data()) == nullptr) fail("create a folder there");
  temporary_ = std::move(name);
}

OutputFolder::~OutputFolder() {
  std::error_code error;
  if (!temporary_.empty()) std::filesystem::remove_all(temporary_, error);
}

void OutputFolder::commit() {
  if (::chmod(temporary_.c_str(), new_mode(0777)) != 0) fail("set permissions");
  sync_folder(temporary_);
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail("rename into place");
  temporary_.clear();
  sync_folder(folder_of(path_));
}

void OutputFolder::fail(const char* doing) const {
  throw OutputError(path_, std::string("cannot ") + doing + ": " + std::strerror(errno));
}

}  // namespace nibble::offline
