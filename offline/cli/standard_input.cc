// Takes what a bound lets in, and refuses the rest by its size.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/standard_input.h"

#include "offline/files/input_error.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

[[noreturn]] void refuse(const std::string& what, size_t most_bytes, const std::string& reason) {
  throw InputError("standard input", "has " + what + grouped(most_bytes) + " bytes; " + reason);
}

}  // namespace

std::string read_all(std::istream& input, size_t most_bytes, const std::string& reason) {
  std::string text;
  char part[4096];
  while (input.read(part, sizeof part), input.gcount() > 0) {
    text.append(part, static_cast<size_t>(input.gcount()));
    if (text.size() > most_bytes) refuse("more than ", most_bytes, reason);
  }
  return text;
}

std::optional<std::string> read_line(std::istream& input, size_t most_bytes,
                                     const std::string& reason) {
  std::string line;
  int next = input.get();
  if (next == std::istream::traits_type::eof()) return {};
  for (; next != std::istream::traits_type::eof() && next != '\n'; next = input.get()) {
    if (line.size() == most_bytes) refuse("a line of more than ", most_bytes, reason);
    line += static_cast<char>(next);
  }
  return line;
}

}  // namespace nibble::offline
