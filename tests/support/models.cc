// The bundled model, and the ones that are looked for beside the repository.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/models.h"

#include <fstream>
#include <iterator>
#include <stdexcept>

namespace nibble::test {
namespace {

using std::filesystem::path;

std::optional<path> beside(const char* relative) {
  const path found = source_folder().parent_path() / "shared" / relative;
  return std::filesystem::exists(found) ? std::optional(found) : std::nullopt;
}

}  // namespace

path source_folder() {
  return NIBBLE_SOURCE_DIR;
}
path kdoc_folder() {
  return source_folder() / "tests/models/kdoc-6m";
}

path kdoc_gpt2_folder() {
  return source_folder() / "tests/models/kdoc-gpt2";
}

path golden_folder() {
  return source_folder() / "tests/golden";
}

path tiny_folder(const std::string& rope_scaling) {
  return path(NIBBLE_BINARY_DIR) / "tests/blobs" / ("tiny-" + rope_scaling);
}

std::optional<path> stories_folder() {
  return beside("models/stories260k");
}
std::optional<path> kdoc_heldout_text() {
  return beside("texts/kdoc/heldout.txt");
}
std::optional<path> stories_heldout_text() {
  return beside("texts/tinystories/heldout.txt");
}

path blob_path(const std::string& name) {
  const path blob = path(NIBBLE_BINARY_DIR) / "tests/blobs" / (name + ".nbl");
  if (!std::filesystem::exists(blob))
    throw std::runtime_error(blob.string() + " is missing: run `ctest -R blobs/`");
  return blob;
}

std::string read_file(const path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw std::runtime_error("cannot read " + file.string());
  return {std::istreambuf_iterator<char>(stream), {}};
}

}  // namespace nibble::test
