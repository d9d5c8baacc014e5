// Files and folders that appear whole or not at all: written beside their place, then renamed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace nibble::offline {

/// The disk did not take it: the command line ends with exit status 3 and prints what().
class OutputError : public std::runtime_error {
 public:
  OutputError(const std::filesystem::path& path, const std::string& what)
      : std::runtime_error(path.string() + ": " + what) {}
};

/// Until commit() returns, `path` names what it named before, or nothing; without commit() the
/// destructor leaves no trace. Every failure throws OutputError.
class OutputFile {
 public:
  explicit OutputFile(std::filesystem::path path);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// For libraries that write for themselves. Stays open until commit().
  int descriptor() const { return descriptor_; }
  void write(std::span<const std::byte> bytes);
  /// Overwrites `bytes` at `offset`; write() goes on where it was.
  void write_at(uint64_t offset, std::span<const std::byte> bytes);
  /// Syncs, then puts the file in its place with the permissions a new file gets.
  void commit();

 private:
  [[noreturn]] void fail(const char* doing) const;

  std::filesystem::path path_;
  std::string temporary_;
  int descriptor_ = -1;
};

/// An OutputFile of this text.
void write_output_file(const std::filesystem::path& path, std::string_view text);

/// Removes what killed processes left of their OutputFile(path): files that never got its name.
/// @pre nobody else writes `path` now
void remove_unfinished_outputs(const std::filesystem::path& path);

/// Makes a rename within the folder durable. Some file systems cannot sync a folder, which loses
/// nothing.
void sync_folder(const std::filesystem::path& folder);

/// A folder of files that belong together. Until commit() returns, `path` names nothing, or an
/// empty folder; without commit() the destructor leaves no trace. Every failure throws OutputError.
class OutputFolder {
 public:
  /// Refuses a path that names anything but an empty folder.
  explicit OutputFolder(std::filesystem::path path);
  ~OutputFolder();
  OutputFolder(const OutputFolder&) = delete;
  OutputFolder& operator=(const OutputFolder&) = delete;

  /// Where a file is to be written until then. @pre commit() was not called
  std::filesystem::path operator/(const std::string& name) const { return temporary_ / name; }
  /// Puts the folder in its place, with the permissions a new folder gets.
  void commit();

 private:
  [[noreturn]] void fail(const char* doing) const;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
};

}  // namespace nibble::offline
