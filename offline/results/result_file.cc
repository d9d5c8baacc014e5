// A lock on the folder, the array as it is, one element more, and a rename.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/results/result_file.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "offline/files/folder_lock.h"
#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/json_file.h"
#include "offline/files/output_file.h"
#include "offline/results/cell_json.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

/// Names have 255 bytes on most file systems, and the temporary file beside a file needs some.
constexpr size_t kMostNameBytes = 200;

std::vector<ResultCell> read_cells(const std::string& text, const std::filesystem::path& path) {
  try {
    const JsonValue document(parse_json(text, path.string()), path.string());
    std::vector<ResultCell> cells;
    for (size_t i = 0; i < document.array_size(); ++i) cells.push_back(read_cell(document[i]));
    return cells;
  } catch (const InputError& error) {
    throw InputError(error.what(), "this is no result file of version " +
                                       std::to_string(kResultSchemaVersion) +
                                       "; move it to another folder, or mend it by hand");
  }
}

bool is_plain(char byte) {
  return static_cast<unsigned char>(byte) >= 0x20 && byte != 0x7f && byte != '/';
}

/// Cuts between characters of UTF-8.
void cut(std::string& name, size_t most_bytes) {
  if (name.size() <= most_bytes) return;
  while (most_bytes > 0 && (name[most_bytes] & 0xc0) == 0x80) --most_bytes;
  name.resize(most_bytes);
}

}  // namespace

std::string result_file_name(const std::string& variant, const std::string& timestamp) {
  std::string name = variant;
  std::ranges::replace_if(name, [](char byte) { return !is_plain(byte); }, '_');
  cut(name, kMostNameBytes);
  std::string day = timestamp.substr(0, timestamp.find('T'));
  std::erase(day, '-');
  return name + "_" + day + ".json";
}

std::vector<ResultCell> read_result_file(const std::filesystem::path& path) {
  return read_cells(read_input_file(path, kMaxJsonFileBytes), path);
}

std::vector<ResultCell> read_result_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  for (std::filesystem::directory_iterator file(folder, error), end; !error && file != end;
       file.increment(error)) {
    if (file->path().extension() == ".json") files.push_back(file->path());
  }
  if (error) throw InputError(folder.string(), "cannot be read: " + error.message());
  if (files.empty()) {
    throw InputError(folder.string(), "has no result file (*.json); `nibble tune` writes them");
  }
  std::ranges::sort(files);
  std::vector<ResultCell> cells;
  for (const auto& file : files) {
    const std::vector<ResultCell> more = read_result_file(file);
    cells.insert(cells.end(), more.begin(), more.end());
  }
  return cells;
}

std::filesystem::path append_result(const std::filesystem::path& folder, const ResultCell& cell) {
  const FolderLock lock(folder);
  const auto path = folder / result_file_name(cell.variant, cell.timestamp);
  Json cells = Json::array();
  if (std::filesystem::exists(path)) {
    const std::string text = read_input_file(path, kMaxJsonFileBytes);
    read_cells(text, path);
    cells = Json::parse(text);
  }
  cells.push_back(cell_json(cell));
  write_output_file(path, json_text(cells));
  return path;
}

}  // namespace nibble::offline
