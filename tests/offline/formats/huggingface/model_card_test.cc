// Licenses out of model cards.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/model_card.h"

#include <gtest/gtest.h>

namespace nibble::offline {
namespace {

TEST(ModelCard, DeclaresItsLicenseInTheFrontMatter) {
  EXPECT_EQ(license_of_card("---\nlanguage: en\nlicense: apache-2.0\n---\n# Model"), "apache-2.0");
  EXPECT_EQ(license_of_card("---\r\nlicense: \"mit\" \r\n---\r\n"), "mit");
}

TEST(ModelCard, WithoutOneDeclaresNothing) {
  for (const char* const card :
       {"", "# Model\nlicense: mit", "---\nlanguage: en\n---\nlicense: mit", "---\nlicense:\n---\n",
        "---"}) {
    EXPECT_EQ(license_of_card(card), "") << card;
  }
}

TEST(ModelCard, CannotSmuggleControlBytes) {
  EXPECT_EQ(license_of_card("---\nlicense: a\x1B[31mb\xC3\xA9\n---\n"), "a?[31mb??");
}

}  // namespace
}  // namespace nibble::offline
