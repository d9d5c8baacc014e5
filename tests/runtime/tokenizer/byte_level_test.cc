// Byte-level vocabularies: merges of pairs, whole words, added tokens, composition, chat.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/runtime/tokenizer/bound_tokenizer.h"

namespace nibble::test {
namespace {

using format::PieceType;

struct Pair {
  std::string left, right;
};

/// All bytes, what these pairs merge to in this order, then added tokens.
offline::Vocabulary byte_level(const std::vector<Pair>& merges,
                               const std::vector<offline::Piece>& added = {}) {
  offline::Vocabulary vocabulary;
  vocabulary.kind = format::TokenizerKind::ByteLevelBpe;
  vocabulary.flags = format::kPairMerges;
  vocabulary.split_steps = {format::SplitStep::Gpt2};
  for (int byte = 0; byte < 256; ++byte)
    vocabulary.pieces.push_back({std::string(1, static_cast<char>(byte))});
  uint32_t rank = 0;
  for (const Pair& pair : merges) {
    vocabulary.pieces.push_back({pair.left + pair.right, rank++, PieceType::Normal,
                                 static_cast<uint16_t>(pair.left.size())});
  }
  for (const offline::Piece& piece : added) vocabulary.pieces.push_back(piece);
  vocabulary.eos = {0};
  return vocabulary;
}

std::string split(const offline::Vocabulary& vocabulary, std::string_view text) {
  const Tables tables(vocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  return joined(tokenizer, encode(tokenizer, text));
}

TEST(ByteLevel, MergesThePairsThatItHasAndNoOthers) {
  // "abc" is made of ab and c: bc, which ranks first, takes the b away.
  EXPECT_EQ(split(byte_level({{"b", "c"}, {"a", "b"}, {"ab", "c"}}), "abc"), "a|bc");
  EXPECT_EQ(split(byte_level({{"a", "b"}, {"b", "c"}, {"ab", "c"}}), "abc"), "abc");
  offline::Vocabulary any = byte_level({{"b", "c"}, {"a", "b"}, {"ab", "c"}});
  any.pieces.back().left_bytes = 0;
  EXPECT_EQ(split(any, "abc"), "abc");
}

TEST(ByteLevel, IgnoringMergesAWordThatReadsAsAPieceIsThePiece) {
  offline::Vocabulary vocabulary = byte_level({{"b", "c"}, {"a", "b"}, {"ab", "c"}});
  vocabulary.ignores_merges = true;
  EXPECT_EQ(split(vocabulary, "abc abcd"), "abc| |a|bc|d");
}

TEST(ByteLevel, ABytesWithoutAPieceIsDropped) {
  offline::Vocabulary vocabulary = byte_level({});
  vocabulary.pieces['b'] = {"", format::kNoRank, PieceType::Unused};
  EXPECT_EQ(split(vocabulary, "abc"), "a|c");
}

/// The rule by its definition: look at all pairs, merge the best, start over.
std::string slow_split(const std::vector<Pair>& merges, const std::string& text) {
  std::vector<std::string> parts;
  for (const char c : text) parts.emplace_back(1, c);
  for (size_t best = 0; best != merges.size();) {
    size_t at = 0;
    best = merges.size();
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      for (size_t rank = 0; rank < best; ++rank) {
        if (merges[rank].left == parts[i] && merges[rank].right == parts[i + 1])
          best = rank, at = i;
      }
    }
    if (best == merges.size()) break;
    parts[at] += parts[at + 1];
    parts.erase(parts.begin() + static_cast<ptrdiff_t>(at) + 1);
  }
  std::string joined;
  for (const std::string& part : parts) joined += (joined.empty() ? "" : "|") + part;
  return joined;
}

TEST(ByteLevel, AgreesWithTheDefinitionOnRandomMergesAndTexts) {
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> known = {"a", "b", "c"};
    std::vector<Pair> merges;
    while (merges.size() < 25) {
      const Pair pair{known[random() % known.size()], known[random() % known.size()]};
      const std::string made = pair.left + pair.right;
      if (std::find(known.begin(), known.end(), made) != known.end()) continue;
      known.push_back(made);
      merges.push_back(pair);
    }
    std::shuffle(merges.begin(), merges.end(), random);
    std::string text;
    for (int c = 0; c < 60; ++c) text += "abc"[random() % 3];
    ASSERT_EQ(split(byte_level(merges), text), slow_split(merges, text)) << text;
  }
}

TEST(ByteLevel, AddedTokensAreFoundLeftmostLongestWhereTheirRulesSay) {
  const auto added = [](std::string text, uint8_t rules) {
    return offline::Piece{std::move(text), format::kNoRank, PieceType::UserDefined, 0, rules};
  };
  const offline::Vocabulary vocabulary =
      byte_level({{"<", "x"}}, {added("<x", 0), added("<xy>", 0), added("[l]", 1), added("[r]", 2),
                                added("word", format::kSingleWord), added("  ", 0)});
  EXPECT_EQ(split(vocabulary, "a<xy>b<xz"), "a|<xy>|b|<x|z");
  EXPECT_EQ(split(vocabulary, "a [l] b"), "a|[l]| |b");
  EXPECT_EQ(split(vocabulary, "a [r]\t b"), "a| |[r]|b");
  EXPECT_EQ(split(vocabulary, "word words _word"), "word| |w|o|r|d|s| |_|w|o|r|d");
  EXPECT_EQ(split(vocabulary, "   a"), "  | |a");
}

TEST(ByteLevel, ControlTokensAreMatchedInTrustedPartsAlone) {
  const offline::Vocabulary vocabulary =
      byte_level({}, {{"<e>", format::kNoRank, PieceType::Control, 0, 0}});
  const Tables tables(vocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  std::vector<uint64_t> workspace(1000);
  Token out[32];
  const auto count = [&](Span<const TextPart> parts) {
    return tokenizer
        .encode(parts, EncodeMode::Continue, out,
                {reinterpret_cast<uint8_t*>(workspace.data()), workspace.size() * 8})
        .value();
  };
  const TextPart trusted[] = {{{"a<e>", 4}, true}, {{"<e>", 3}, false}, {{"<e>b", 4}, true}};
  EXPECT_EQ(count(trusted), 1u + 1 + 3 + 1 + 1);
  EXPECT_EQ(out[1], 256u);
  const TextPart straddling[] = {{{"<", 1}, true}, {{"e", 1}, false}, {{">", 1}, true}};
  EXPECT_EQ(count(straddling), 3u);
  const TextPart cut[] = {{{"<e", 2}, true}, {{">", 1}, true}};
  EXPECT_EQ(count(cut), 3u);
}

TEST(ByteLevel, ComposesTextWhereTheModelWantsIt) {
  offline::Vocabulary vocabulary = byte_level({});
  vocabulary.flags |= format::kNormalizeNfc;
  const std::pair<const char*, const char*> cases[] = {
      {"e\u0301", "\u00e9"},
      {"\u1ea1\u0302", "\u1ead"},  // marks change places
      {"e\u0302\u0301\u0323", "\u1ec7\u0301"},
      {"\u1112\u1161\u11ab", "\ud55c"},  // Hangul
      {"\ud558\u11ab", "\ud55c"},
      {"\u212b \u2126", "\u00c5 \u03a9"},  // singletons
      {"\u0958", "\u0915\u093c"},          // excluded from composition
      {"\U0001d15e", "\U0001d157\U0001d165"},
      {"\u09c7\u09be", "\u09cb"},  // two starters
      {"a\u0345\u0301", "\u00e1\u0345"},
      {"\u0301a\xFF\u0301", "\u0301a\xFF\u0301"}};
  const Tables tables(vocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  for (const auto& [text, expected] : cases) {
    std::string composed;
    for (const Token token : encode(tokenizer, text)) composed += static_cast<char>(token);
    EXPECT_EQ(composed, expected) << text;
  }
}

TEST(ByteLevel, LowersTextWhereTheModelWantsIt) {
  offline::Vocabulary vocabulary = byte_level({});
  vocabulary.flags |= format::kLowerCase;
  const Tables tables(vocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  std::string lowered;
  for (const Token token : encode(tokenizer, "AZ \u00c9\u0410\u023a!"))
    lowered += static_cast<char>(token);
  EXPECT_EQ(lowered, "az \u00e9\u0430\u2c65!");
}

TEST(ByteLevel, AMebibyteOfOneLetterAndOfMarksIsNoProblem) {
  offline::Vocabulary vocabulary = byte_level({{"a", "a"}, {"aa", "aa"}, {"aaaa", "aaaa"}});
  vocabulary.flags |= format::kNormalizeNfc;
  const Tables tables(vocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  EXPECT_EQ(encode(tokenizer, std::string(1 << 20, 'a')).size(), (1u << 20) / 8);
  std::string marks;
  while (marks.size() < 1 << 20) marks += "\u0301";
  EXPECT_EQ(encode(tokenizer, marks).size(), marks.size());
  std::string longest;  // each of these has three times its bytes when composed
  while (longest.size() < 1 << 18) longest += "\U0001d160";
  EXPECT_EQ(encode(tokenizer, longest).size(), 3 * longest.size());
}

TEST(Chat, ATurnIsWhatTheTemplateSaysAroundWhatIsSaid) {
  offline::Vocabulary vocabulary = byte_level({}, {{"<s>", format::kNoRank, PieceType::Control}});
  vocabulary.chat = {.name = "test",
                     .flags = format::kChatTrims,
                     .texts = {"<s>", "S:", "\n", "U:", ".", "A:", "</a>", "be good"}};
  const auto text_of = [](const Result<ChatTurn>& turn) {
    std::string text;
    for (const TextPart& part : turn.value().span()) {
      const std::string words(part.text.data(), part.text.size());
      text += part.is_trusted ? words : "(" + words + ")";
    }
    return text;
  };
  const Tables tables(vocabulary);
  const Tokenizer tokenizer = tables.bind().value();
  EXPECT_EQ(text_of(tokenizer.chat_turn(true, {}, {" hi\n", 4})), "<s>S:(be good)\nU:(hi).A:");
  EXPECT_EQ(text_of(tokenizer.chat_turn(true, {"x", 1}, {"<s>", 3})), "<s>S:(x)\nU:(<s>).A:");
  EXPECT_EQ(text_of(tokenizer.chat_turn(false, {"x", 1}, {"y", 1})), "</a>U:(y).A:");

  vocabulary.chat.flags = format::kChatSystemOpensUser;
  const Tables opening(vocabulary);
  const Tokenizer opener = opening.bind().value();
  EXPECT_EQ(text_of(opener.chat_turn(true, {}, {"y", 1})), "<s>S:(be good)\n(y).A:");

  vocabulary.chat = {};
  const Tables silent(vocabulary);
  EXPECT_EQ(silent.bind().value().chat_turn(true, {}, {"y", 1}).error(), Error::BadArgument);
}

TEST(ByteLevel, TablesWithAnyByteChangedAreRefusedOrStillSafeToUse) {
  offline::Vocabulary vocabulary = byte_level(
      {{"a", "b"}, {"ab", "c"}}, {{"<e>", format::kNoRank, PieceType::Control},
                                  {"<x>", format::kNoRank, PieceType::UserDefined, 0, 15}});
  vocabulary.flags |= format::kLowerCase;
  vocabulary.chat = {.name = "test", .flags = 0, .texts = {"<e>", "", "", "u"}};
  Tables tables(vocabulary);
  std::mt19937 random(5);
  for (int i = 0; i < 20000; ++i) {
    uint8_t& byte = tables.section[random() % tables.section.size()];
    const uint8_t before = byte;
    byte ^= static_cast<uint8_t>(1u << (random() % 8));
    const Result<Tokenizer> tokenizer = tables.bind();
    if (tokenizer.ok()) {
      encode(tokenizer.value(), "ABC <x>  \u00c9 abc \xFF");
      (void)tokenizer.value().chat_turn(true, {}, {"a", 1});
    }
    byte = before;
  }
}

}  // namespace
}  // namespace nibble::test
