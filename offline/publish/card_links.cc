// Percent signs, there and back.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/card_links.h"

#include <cstdint>
#include <sstream>

namespace nibble::offline {
namespace {

constexpr char kDigits[] = "0123456789ABCDEF";

int digit_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

std::string decoded(const std::string& target) {
  std::string text;
  for (size_t i = 0; i < target.size(); ++i) {
    const bool has_digits = target[i] == '%' && i + 2 < target.size();
    const int high = has_digits ? digit_value(target[i + 1]) : -1;
    const int low = has_digits ? digit_value(target[i + 2]) : -1;
    const bool is_escape = high >= 0 && low >= 0;
    text += is_escape ? static_cast<char>(high * 16 + low) : target[i];
    if (is_escape) i += 2;
  }
  return text;
}

/// Adds the targets of a line outside of code: "](target)" or "](<target>)".
void add_targets(const std::string& line, std::vector<std::string>& targets) {
  for (size_t at = 0; (at = line.find("](", at)) != std::string::npos;) {
    at += 2;
    const bool has_brackets = at < line.size() && line[at] == '<';
    const size_t start = at + (has_brackets ? 1 : 0);
    const size_t end = line.find(has_brackets ? '>' : ')', start);
    if (end == std::string::npos) return;
    targets.push_back(decoded(line.substr(start, end - start)));
    at = end;
  }
}

/// The backquotes that a line starts with.
size_t fence_marks(const std::string& line) {
  return line.find_first_not_of('`') == std::string::npos ? line.size()
                                                          : line.find_first_not_of('`');
}

}  // namespace

std::string link_target(const std::string& target) {
  std::string text;
  for (const char byte : target) {
    const auto value = static_cast<uint8_t>(byte);
    const bool is_safe = value > 0x20 && value < 0x7F && byte != '<' && byte != '>' &&
                         byte != '%' && byte != '\\' && byte != '(' && byte != ')' && byte != '"';
    text +=
        is_safe ? std::string(1, byte) : std::string{'%', kDigits[value >> 4], kDigits[value & 15]};
  }
  return text;
}

std::vector<std::string> link_targets(const std::string& markdown) {
  std::vector<std::string> targets;
  std::istringstream lines(markdown);
  size_t fence = 0;  // marks of the block of code that we are in; 0: in none
  for (std::string line; std::getline(lines, line);) {
    const size_t marks = fence_marks(line);
    if (fence == 0 && marks >= 3)
      fence = marks;
    else if (fence != 0 && marks >= fence && marks == line.size())
      fence = 0;
    else if (fence == 0)
      add_targets(line, targets);
  }
  return targets;
}

}  // namespace nibble::offline
