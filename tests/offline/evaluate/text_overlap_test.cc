// Texts that share too much are found, however the common part was planted; others are not.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/text_overlap.h"

#include <gtest/gtest.h>

#include <fstream>

#include "offline/files/input_error.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::offline {
namespace {

/// Words that no other `name` has.
std::string words(const std::string& name, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += name + std::to_string(i) + ((i % 9 == 8) ? "\n" : " ");
  return text;
}

TEST(TextOverlap, OfDifferentTextsIsNone) {
  EXPECT_EQ(shared_runs(words("a", 500), words("b", 500)), 0);
  EXPECT_EQ(shared_runs("", words("b", 500)), 0);
  EXPECT_EQ(shared_runs(" \n", ""), 0);
}

TEST(TextOverlap, OfATextWithItselfIsAll) {
  EXPECT_EQ(shared_runs(words("a", 500), words("a", 500)), 1);
  EXPECT_EQ(shared_runs("two words", "two  words\n"), 1) << "shorter than a run; space is one";
}

TEST(TextOverlap, IsTheShareOfTheTextWithFewerRuns) {
  const std::string planted = words("a", 112);  // 100 runs
  const std::string whole = words("x", 900) + planted + words("y", 900);
  EXPECT_EQ(shared_runs(planted, whole), 1);
  EXPECT_EQ(shared_runs(whole, planted), 1);
  const std::string half = words("a", 62) + words("z", 50);  // 50 of 100 runs
  EXPECT_EQ(shared_runs(half, whole), 0.5);
}

TEST(TextOverlap, DoesNotSeeWordsThatComeInAnotherOrder) {
  EXPECT_EQ(shared_runs("one two three", "three two one"), 0);
}

/// What require_disjoint() says of a calibration and a validation text.
std::string refusal(const std::string& calibration, const std::string& validation) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "other.txt") << words("o", 300);
  std::ofstream(folder / "calibration.txt") << calibration;
  std::ofstream(folder / "validation.txt") << validation;
  try {
    require_disjoint({folder / "other.txt", folder / "calibration.txt"}, folder / "validation.txt");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(TextOverlap, ThatIsPlantedIsRefusedByTheNamesOfBothTexts) {
  const std::string validation = words("v", 1000);
  const std::string planted = words("c", 2000) + words("v", 112) + words("d", 2000);  // 10 %
  for (const std::string& calibration : {planted, validation}) {
    const std::string message = refusal(calibration, validation);
    EXPECT_NE(message.find("validation.txt"), std::string::npos) << message;
    EXPECT_NE(message.find("calibration.txt"), std::string::npos) << message;
    EXPECT_NE(message.find("give another text"), std::string::npos) << message;
  }
}

TEST(TextOverlap, OfAFewStockPhrasesIsNot) {
  const std::string phrases = words("p", 30);
  EXPECT_EQ(refusal(words("c", 1000) + phrases, phrases + words("v", 1000)), "");
}

TEST(TextOverlap, OfOneFileUnderTwoNamesIsRefused) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "a.txt") << "";  // no words: content cannot tell
  std::filesystem::create_hard_link(folder / "a.txt", folder / "b.txt");
  EXPECT_THROW(require_disjoint({folder / "a.txt"}, folder / "b.txt"), InputError);
}

TEST(TextOverlap, OfTheProjectsOwnTextsIsBelowTheBar) {
  const auto heldout = test::kdoc_heldout_text();
  if (!heldout) GTEST_SKIP() << "the held-out text is not at ../shared/texts/kdoc";
  require_disjoint({heldout->parent_path() / "calibration.txt"}, *heldout);
}

}  // namespace
}  // namespace nibble::offline
