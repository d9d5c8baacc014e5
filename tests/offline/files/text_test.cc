// Text for terminals and blobs, and bytes as text.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/text.h"

#include <gtest/gtest.h>

namespace nibble::offline {
namespace {

TEST(Text, ForTerminalsHasNoControlCharactersButNewlines) {
  EXPECT_EQ(without_controls("a\x1B[31m\x7F\n\xC2\x85\xC3\xA9"), "a?[31m?\n?\xC3\xA9");
}

TEST(Text, ForBlobsIsPrintableAscii) {
  EXPECT_EQ(printable_ascii("a\x1B[31mb\xC3\xA9\n~ "), "a?[31mb???~ ");
}

TEST(Text, OfBytesHasTwoLowerCaseDigitsEach) {
  const uint8_t bytes[] = {0x00, 0x0F, 0xA5, 0xFF};
  EXPECT_EQ(hex(bytes), "000fa5ff");
  EXPECT_EQ(hex({}), "");
}

}  // namespace
}  // namespace nibble::offline
