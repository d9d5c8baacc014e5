// Safetensors files by hand, so that tests can make false ones.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace nibble::test {

/// A file of this header, announced with its own or another length, and these bytes behind it.
inline void write_safetensors(const std::filesystem::path& path, const std::string& header,
                              const std::string& data, uint64_t announced_bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&announced_bytes), sizeof announced_bytes);
  file << header << data;
}

inline void write_safetensors(const std::filesystem::path& path, const std::string& header,
                              const std::string& data) {
  write_safetensors(path, header, data, header.size());
}

/// One table entry: "a":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}
inline std::string entry(const std::string& name, const std::string& type, const std::string& shape,
                         const std::string& offsets) {
  return "\"" + name + R"(":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" +
         offsets + "}";
}

}  // namespace nibble::test
