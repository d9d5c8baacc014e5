// Finds one key of a model card's front matter; the rest of the card is prose.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/model_card.h"

#include "offline/files/input_file.h"
#include "offline/files/text.h"

namespace nibble::offline {
namespace {

constexpr uint64_t kMaxCardBytes = 4u << 20;
constexpr size_t kMaxLicenseBytes = 128;

/// Cuts the first line off. Files from Windows end lines with CR LF.
std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kMargins = " \t\"'";
  const size_t begin = std::min(text.find_first_not_of(kMargins), text.size());
  return text.substr(begin, text.find_last_not_of(kMargins) + 1 - begin);
}

}  // namespace

std::string license_of_card(std::string_view card) {
  constexpr std::string_view kKey = "license:";
  if (take_line(card) != "---") return "";
  while (!card.empty()) {
    const std::string_view line = take_line(card);
    if (line == "---") break;
    if (line.starts_with(kKey)) {
      return printable_ascii(trimmed(line.substr(kKey.size())).substr(0, kMaxLicenseBytes));
    }
  }
  return "";
}

std::string read_license(const std::filesystem::path& folder) {
  const std::filesystem::path card = folder / "README.md";
  if (!std::filesystem::exists(card)) return "";
  return license_of_card(read_input_file(card, kMaxCardBytes));
}

}  // namespace nibble::offline
