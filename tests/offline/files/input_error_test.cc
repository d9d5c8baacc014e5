// Messages quote foreign files: what they quote must not steer the terminal they are read on.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/input_error.h"

#include <gtest/gtest.h>

namespace nibble::test {
namespace {

using offline::InputError;

TEST(InputError, QuotesNoControlCharacters) {
  const InputError error("config.json: /\x1B]0;owned\x07",
                         "is \x7F or \xC2\x9B"
                         "2J");
  EXPECT_STREQ(error.what(), "config.json: /?]0;owned?: is ? or ?2J");
}

TEST(InputError, ReplacesEveryControlCharacterButNewlines) {
  const auto quoted = [](const std::string& character) {
    return std::string(InputError("a", character + "b").what());
  };
  for (int byte = 0; byte < 0x80; ++byte) {
    const std::string character(1, static_cast<char>(byte));
    const bool is_control = (byte < 0x20 && byte != '\n') || byte == 0x7F;
    EXPECT_EQ(quoted(character), "a: " + (is_control ? "?" : character) + "b") << byte;
  }
  for (int byte = 0x80; byte < 0xC0; ++byte) {
    const std::string character = {'\xC2', static_cast<char>(byte)};
    EXPECT_EQ(quoted(character), "a: " + (byte < 0xA0 ? "?" : character) + "b") << byte;
  }
}

TEST(InputError, KeepsOtherTextAsItIs) {
  const InputError error("mod\xC3\xA8le", "\xE2\x96\x81 \xC2\xA0\nline \xC2");
  EXPECT_STREQ(error.what(), "mod\xC3\xA8le: \xE2\x96\x81 \xC2\xA0\nline \xC2");
}

}  // namespace
}  // namespace nibble::test
