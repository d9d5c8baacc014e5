// stories260k, packed as f16, tells the story that an independent program printed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include "tests/support/models.h"
#include "tests/support/reference.h"
#include "tests/support/test_model.h"

namespace nibble::test {
namespace {

TEST(Story, IsToldToTheLastLetter) {
  const auto folder = stories_folder();
  if (!folder) GTEST_SKIP() << "stories260k is not at ../shared/models";
  const TestModel model(blob_path("stories-f16"));
  const std::vector<Token> prompt = encode(*model, "Once upon a time", EncodeMode::Prompt);
  TestSession session(*model, {.context_tokens = kStoryPositions});
  Span<const float> logits = checked(session->prefill({prompt.data(), prompt.size()}));
  std::string story = "Once upon a time";
  for (size_t count = prompt.size(); count <= kStoryPositions; ++count) {
    const Token token = largest(logits);
    const Text piece = model->tokenizer().piece(token);
    story.append(piece.data(), piece.size());
    if (count < kStoryPositions) logits = checked(session->decode(token));
  }
  EXPECT_EQ(story + "\n", read_file(*folder / "greedy.txt"));
}

}  // namespace
}  // namespace nibble::test
