// stdout with its errors looked at.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/standard_output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

void require(bool is_written) {
  if (!is_written)
    throw OutputError("standard output", std::string("cannot write: ") + std::strerror(errno));
}

}  // namespace

void print(std::string_view text) {
  require(std::fwrite(text.data(), 1, text.size(), stdout) == text.size());
}

void print_now(std::string_view text) {
  print(text);
  finish_output();
}

std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void print_json(const nlohmann::ordered_json& json) {
  print(json_text(json));
}

void finish_output() {
  require(std::fflush(stdout) == 0 && std::ferror(stdout) == 0);
}

}  // namespace nibble::offline
