// Puts names together, takes them apart, and keeps the list of checksums.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/blob_names.h"

#include <algorithm>
#include <sstream>

#include "offline/files/folder_lock.h"
#include "offline/files/input_file.h"
#include "offline/files/mapped_file.h"
#include "offline/files/output_file.h"
#include "offline/files/text.h"

namespace nibble::offline {
namespace {

constexpr size_t kStampBytes = 15;  // "20261122_032000"
constexpr uint64_t kMaxChecksumFileBytes = 16u << 20;

std::string prefix_of(const std::string& model, const std::string& variant) {
  std::string prefix = model + "-" + variant + ".";
  std::ranges::replace(prefix, '/', '_');
  return prefix;
}

bool is_stamp(const std::string& text) {
  if (text.size() != kStampBytes || text[8] != '_') return false;
  return std::ranges::count_if(text, [](char c) { return c >= '0' && c <= '9'; }) == 14;
}

/// The stamp of a blob with the prefix, or nothing.
std::string stamp_of(const std::string& name, const std::string& prefix) {
  if (!name.starts_with(prefix) || !name.ends_with(".nbl")) return "";
  const size_t end = name.size() - 4;
  if (end < prefix.size()) return "";
  const std::string text = name.substr(prefix.size(), end - prefix.size());
  return is_stamp(text) ? text : "";
}

/// The lines but the one that ends as `line` does behind its checksum.
std::string without_line_for(const std::string& text, const std::string& line) {
  const std::string name = line.substr(line.find("  "));
  std::istringstream lines(text);
  std::string kept;
  for (std::string old; std::getline(lines, old);) {
    if (!old.ends_with(name) || old.size() != line.size()) kept += old + "\n";
  }
  return kept;
}

}  // namespace

std::string blob_name(const std::string& model, const std::string& variant, UtcTime time) {
  return prefix_of(model, variant) + stamp(time) + ".nbl";
}

std::filesystem::path free_blob_path(const std::filesystem::path& folder, const std::string& model,
                                     const std::string& variant, UtcTime time) {
  std::filesystem::path path = folder / blob_name(model, variant, time);
  while (std::filesystem::exists(path)) {
    time += std::chrono::seconds(1);
    path = folder / blob_name(model, variant, time);
  }
  return path;
}

std::optional<std::filesystem::path> newest_blob(const std::filesystem::path& folder,
                                                 const std::string& model,
                                                 const std::string& variant) {
  const std::string prefix = prefix_of(model, variant);
  std::optional<std::filesystem::path> newest;
  std::string latest;
  std::error_code error;
  for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    const std::string stamp = stamp_of(file->path().filename().string(), prefix);
    if (stamp <= latest) continue;
    latest = stamp;
    newest = file->path();
  }
  return newest;
}

std::string checksum_line(const std::string& sha256, const std::string& name) {
  std::string escaped;
  for (const char byte : name) {
    if (byte == '\n')
      escaped += "\\n";
    else if (byte == '\r')
      escaped += "\\r";
    else if (byte == '\\')
      escaped += "\\\\";
    else
      escaped += byte;
  }
  return (escaped == name ? "" : "\\") + sha256 + "  " + escaped;
}

void add_checksum(const std::filesystem::path& file) {
  const std::filesystem::path folder = file.parent_path().empty() ? "." : file.parent_path();
  const std::string line = checksum_line(sha256_of_file(file), file.filename().string());
  const FolderLock lock(folder);
  const std::filesystem::path list = folder / kChecksumFile;
  std::string text;
  if (std::filesystem::exists(list)) text = read_input_file(list, kMaxChecksumFileBytes);
  write_output_file(list, without_line_for(text, line) + line + "\n");
}

}  // namespace nibble::offline
