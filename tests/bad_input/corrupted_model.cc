// Copies a model, changes the copy, and packs it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/bad_input/corrupted_model.h"

#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/models.h"

namespace nibble::test {
namespace {

[[maybe_unused]] constexpr uint64_t kAddressSpaceBytes = uint64_t{4} << 30;

size_t entries(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

}  // namespace

CorruptedModel::CorruptedModel() {
  std::filesystem::copy(tiny_folder(), folder());
}

std::string CorruptedModel::text(const std::string& file) const {
  return read_file(folder() / file);
}

void CorruptedModel::set_text(const std::string& file, const std::string& text) {
  std::ofstream(folder() / file, std::ios::binary | std::ios::trunc) << text;
}

void CorruptedModel::patch_config(const nlohmann::json& members) {
  nlohmann::json config = nlohmann::json::parse(text("config.json"));
  config.merge_patch(members);
  set_text("config.json", config.dump(1));
}

SafetensorsParts CorruptedModel::weights() const {
  const std::string file = text("model.safetensors");
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  return {file.substr(8, length), file.substr(8 + length), length};
}

void CorruptedModel::set_weights(const SafetensorsParts& parts) {
  std::string length(sizeof parts.header_length, '\0');
  std::memcpy(length.data(), &parts.header_length, length.size());
  set_text("model.safetensors", length + parts.header + parts.payload);
}

void CorruptedModel::change_header(const std::function<void(nlohmann::ordered_json&)>& change) {
  SafetensorsParts parts = weights();
  auto header = nlohmann::ordered_json::parse(parts.header);
  change(header);
  parts.header = header.dump();
  parts.header_length = parts.header.size();
  set_weights(parts);
}

CommandResult CorruptedModel::pack(const CommandOptions& options) const {
  const TemporaryFolder place;
  const CommandResult result =
      run_nibble({"pack", folder().string(), "-o", (place / "out.nbl").string()}, options);
  if (result.status != 0) {
    EXPECT_EQ(entries(place.path()), 0u) << "a partial file was left";
  }
  return result;
}

std::string expect_refused(const CorruptedModel& model, const std::string& place) {
  CommandOptions options;
#ifndef NIBBLE_IS_SANITIZED  // the sanitizer reserves more than any limit
  options.address_space_limit = kAddressSpaceBytes;
#endif
  const CommandResult result = model.pack(options);
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find(place), std::string::npos)
      << "the message does not name " << place << ": " << result.err;
  return result.err;
}

}  // namespace nibble::test
