// Split steps: words by each step, steps inside one another, and hostile runs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include "runtime/tokenizer/word_splitter.h"
#include "tests/runtime/tokenizer/bound_tokenizer.h"

namespace nibble::test {
namespace {

using format::SplitStep;

/// A vocabulary that splits so; its pieces do not matter.
offline::Vocabulary vocabulary_of(std::vector<SplitStep> steps) {
  offline::Vocabulary vocabulary = small_vocabulary({"a"});
  vocabulary.split_steps = std::move(steps);
  return vocabulary;
}

/// The words, with bars between.
std::string words(const std::vector<SplitStep>& steps, const std::string& text) {
  const Tables tables(vocabulary_of(steps));
  const Tokenizer tokenizer = tables.bind().value();
  const TokenizerTables view(tokenizer);
  WordSplitter splitter(view, {text.data(), text.size()});
  std::string joined;
  for (Text word = splitter.next(); !word.empty(); word = splitter.next())
    joined.append(joined.empty() ? "" : "|").append(word.data(), word.size());
  return joined;
}

TEST(Split, Gpt2TakesContractionsThenWordsWithTheirSpace) {
  const std::vector steps = {SplitStep::Gpt2};
  EXPECT_EQ(words(steps, "I've don't 'sup"), "I|'ve| don|'t| '|sup");
  EXPECT_EQ(words(steps, "'S it's"), "'|S| it|'s");
  EXPECT_EQ(words(steps, "a1 12?! 3"), "a|1| 12|?!| 3");
  EXPECT_EQ(words(steps, "a  b\n\nc  "), "a| | b|\n|\n|c|  ");
  EXPECT_EQ(words(steps, "naïve Ⅷ½ 日本"), "naïve| Ⅷ½| 日本");
  EXPECT_EQ(words(steps, "a\xC2\xA0 b"), "a|\xC2\xA0| b");
}

TEST(Split, Llama3FoldsCaseAndTakesThreeDigitsAndLineBreaks) {
  const std::vector steps = {SplitStep::Llama3};
  EXPECT_EQ(words(steps, "I'VE a'ſx"), "I|'VE| a|'ſ|x");
  EXPECT_EQ(words(steps, "12345 678"), "123|45| |678");
  EXPECT_EQ(words(steps, "(a _b\tc"), "(a| _|b|\tc");
  EXPECT_EQ(words(steps, "a!\n\n b \n  \n  c"), "a|!\n\n| b| \n  \n| | c");
  EXPECT_EQ(words({SplitStep::Qwen2}, "12 a"), "1|2| a");
}

TEST(Split, DigitsAreCutOutBeforeWordsAre) {
  const std::vector steps = {SplitStep::Digit, SplitStep::Gpt2};
  EXPECT_EQ(words(steps, "a 12  b"), "a| |1|2| | b");
  EXPECT_EQ(words({SplitStep::Digits}, "a12b"), "a|12|b");
  EXPECT_EQ(words({SplitStep::Digits3}, "a1234"), "a|123|4");
  EXPECT_EQ(words({SplitStep::Ascii3Digits}, "1234567"), "123|456|7");
  EXPECT_EQ(words({SplitStep::Ascii3Digits}, "12a345"), "12a|345");
}

TEST(Split, FalconCutsPunctuationOutFirst) {
  const std::vector steps = {SplitStep::Punctuation, SplitStep::Gpt2, SplitStep::Ascii3Digits};
  EXPECT_EQ(words(steps, "it's $5, 3333!"), "it|'|s| |$|5|,| |333|3|!");
}

TEST(Split, DeepSeekCoderAppliesItsStepsInTurn) {
  const std::vector steps = {SplitStep::LineBreak, SplitStep::Letters, SplitStep::Marks,
                             SplitStep::Cjk, SplitStep::Digit};
  EXPECT_EQ(words(steps, "a bc, 12\n\n日本x +"), "a| bc|,| |1|2|\n|\n|日本|x| +");
  EXPECT_EQ(words({SplitStep::LastSpaces}, " a  b   "), " a  b|   ");
  EXPECT_EQ(words({SplitStep::LastSpaces}, "  "), "  ");
}

TEST(Split, DeepSeek3KeepsMarksWithLettersAndPunctuationWithWords) {
  const std::vector steps = {SplitStep::Digits3, SplitStep::CjkKana, SplitStep::DeepSeek3};
  EXPECT_EQ(words(steps, "_abc é x1234"), "_abc| é| x|123|4");
  EXPECT_EQ(words(steps, "e\u0301 e!? \n日本カ"), "e\u0301| e|!?| \n|日本カ");
}

TEST(Split, SpacesBeginWordsOneByOneOrAsRuns) {
  EXPECT_EQ(words({SplitStep::Spaces}, "a  b c"), "a| | b| c");
  EXPECT_EQ(words({SplitStep::SpaceRuns}, "  a  b c "), "  a|  b| c| ");
}

TEST(Split, MalformedBytesAreNeitherLettersNorSpaces) {
  EXPECT_EQ(words({SplitStep::Gpt2}, "a\xFF\xC3 \x80z"), "a|\xFF\xC3| \x80|z");
}

TEST(Split, AMebibyteOfOneRunIsOneWordInEachStep) {
  for (const SplitStep step : {SplitStep::Gpt2, SplitStep::Llama3, SplitStep::DeepSeek3,
                               SplitStep::LastSpaces, SplitStep::Letters, SplitStep::Marks}) {
    for (const char byte : {' ', 'a', '!', '\n', '\''}) {
      const std::string text = std::string(1 << 20, byte) + "x";
      std::string joined = words({step, step}, text);
      std::erase(joined, '|');
      EXPECT_EQ(joined.size(), text.size());
    }
  }
}

}  // namespace
}  // namespace nibble::test
