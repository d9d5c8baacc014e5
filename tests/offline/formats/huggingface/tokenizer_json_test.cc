// tokenizer.json: settings accepted or refused by name, and merges that must be SentencePiece's.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/tokenizer_json.h"

#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "tests/offline/formats/expect_refusal.h"

namespace nibble::test {
namespace {

using Json = nlohmann::json;
using format::PieceType;

/// Without bytes, to be short: "a" to "abc", and a space.
Json sound() {
  return Json::parse(R"({
    "added_tokens": [{"id": 0, "content": "<unk>", "special": true},
                     {"id": 1, "content": "<s>", "special": true},
                     {"id": 10, "content": "<x>", "special": false}],
    "normalizer": {"type": "Sequence", "normalizers": [
      {"type": "Prepend", "prepend": "\u2581"},
      {"type": "Replace", "pattern": {"String": " "}, "content": "\u2581"}]},
    "pre_tokenizer": null,
    "post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                 {"Sequence": {"id": "A", "type_id": 0}}]},
    "decoder": {"type": "Sequence", "decoders": [
      {"type": "Replace", "pattern": {"String": "\u2581"}, "content": " "},
      {"type": "ByteFallback"}, {"type": "Fuse"},
      {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
    "model": {"type": "BPE", "dropout": null, "unk_token": "<unk>", "fuse_unk": true,
      "continuing_subword_prefix": null, "end_of_word_suffix": null, "byte_fallback": false,
      "vocab": {"<unk>": 0, "<s>": 1, "a": 2, "b": 3, "c": 4, "\u2581a": 5, "bc": 6, "abc": 7,
                "\u2581": 9, "ab": 8},
      "merges": ["b c", ["\u2581", "a"], "a b", "a bc", "ab c"]}})");
}

offline::Vocabulary parse(const Json& json) {
  return offline::parse_tokenizer_json({json, "tokenizer.json"});
}

void expect_refused(const std::function<void(Json&)>& damage, const std::string& part) {
  Json json = sound();
  damage(json);
  expect_refusal([&] { parse(json); }, part);
}

TEST(TokenizerJson, ReadsPiecesRanksFlagsAndSpecialTokens) {
  const offline::Vocabulary vocabulary = parse(sound());
  EXPECT_EQ(vocabulary.flags,
            format::kAddDummyPrefix | format::kAddBos | format::kPrefixEachStretch);
  EXPECT_EQ(vocabulary.bos, 1u);
  EXPECT_EQ(vocabulary.unknown, 0u);
  ASSERT_EQ(vocabulary.pieces.size(), 11u);
  EXPECT_EQ(vocabulary.pieces[5].text, " a");
  EXPECT_EQ(vocabulary.pieces[0].type, PieceType::Unknown);
  EXPECT_EQ(vocabulary.pieces[1].type, PieceType::Control);
  EXPECT_EQ(vocabulary.pieces[10].type, PieceType::UserDefined);
  EXPECT_EQ(vocabulary.pieces[2].rank, format::kNoRank);
  const std::pair<uint32_t, uint32_t> ranks[] = {{6, 0}, {5, 1}, {8, 2}, {7, 3}};
  for (const auto& [token, rank] : ranks) EXPECT_EQ(vocabulary.pieces[token].rank, rank) << token;
}

TEST(TokenizerJson, AcceptsMetaspaceThatMaySplit) {
  Json json = sound();
  json["normalizer"] = nullptr;
  json["pre_tokenizer"] = Json::parse(
      R"({"type":"Metaspace","replacement":"\u2581","prepend_scheme":"never","split":false})");
  EXPECT_EQ(parse(json).flags, format::kAddBos);
  json["pre_tokenizer"]["prepend_scheme"] = "first";
  EXPECT_EQ(parse(json).flags, format::kAddBos | format::kAddDummyPrefix);
  EXPECT_TRUE(parse(json).split_steps.empty());
  json["pre_tokenizer"]["split"] = true;
  EXPECT_EQ(parse(json).split_steps, std::vector{format::SplitStep::Spaces});
  json["pre_tokenizer"]["prepend_scheme"] = "second";
  expect_refusal([&] { parse(json); }, "/pre_tokenizer/prepend_scheme");
  json["pre_tokenizer"]["replacement"] = "_";
  expect_refusal([&] { parse(json); }, "/pre_tokenizer/replacement");
}

TEST(TokenizerJson, AMergeOfSeveralSplitsIsTheOnlyOne) {
  Json json = sound();
  json["model"]["merges"] = {"b c", "a b", "a bc"};
  const offline::Vocabulary vocabulary = parse(json);
  EXPECT_TRUE(vocabulary.flags & format::kPairMerges);
  EXPECT_EQ(vocabulary.pieces[7].text, "abc");
  EXPECT_EQ(vocabulary.pieces[7].left_bytes, 1u);
  EXPECT_EQ(vocabulary.pieces[6].left_bytes, 0u);
}

/// Bytes of GPT-2's alphabet, "ab", and a token that is added.
Json byte_level() {
  return Json::parse(R"({
    "added_tokens": [{"id": 4, "content": "<|end|>", "special": true, "normalized": true},
                     {"id": 5, "content": "<x y>", "single_word": true, "lstrip": true}],
    "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false},
    "decoder": {"type": "ByteLevel"},
    "model": {"type": "BPE", "ignore_merges": true,
      "vocab": {"a": 0, "b": 1, "\u0120": 2, "ab": 3}, "merges": ["a b"]}})");
}

TEST(TokenizerJson, ReadsByteLevelVocabularies) {
  const offline::Vocabulary vocabulary = parse(byte_level());
  EXPECT_EQ(vocabulary.kind, format::TokenizerKind::ByteLevelBpe);
  EXPECT_EQ(vocabulary.flags, format::kPairMerges);
  EXPECT_EQ(vocabulary.split_steps, std::vector{format::SplitStep::Gpt2});
  EXPECT_TRUE(vocabulary.ignores_merges);
  EXPECT_EQ(vocabulary.pieces[2].text, " ");
  EXPECT_EQ(vocabulary.pieces[4].type, PieceType::Control);
  EXPECT_EQ(vocabulary.pieces[5].text, "<x y>");
  EXPECT_EQ(vocabulary.pieces[5].rules, format::kSingleWord | format::kTakesSpacesBefore);
}

TEST(TokenizerJson, RefusesPatternsThatAreNotKnownByTheirText) {
  Json json = byte_level();
  json["pre_tokenizer"] = Json::parse(R"({"type": "Sequence", "pretokenizers": [
    {"type": "Split", "pattern": {"Regex": "\\p{N}"}, "behavior": "Isolated", "invert": false},
    {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]})");
  EXPECT_EQ(parse(json).split_steps, std::vector{format::SplitStep::Digit});
  json["pre_tokenizer"]["pretokenizers"][0]["behavior"] = "Removed";
  expect_refusal([&] { parse(json); }, "/pre_tokenizer/pretokenizers/0/behavior");
  json["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "[aeiou]+";
  expect_refusal([&] { parse(json); }, "[aeiou]+");
}

TEST(TokenizerJson, RefusesUnknownKindsByPath) {
  const Json other = {{"type", "Other"}};
  expect_refused([&](Json& j) { j["normalizer"] = other; }, "/normalizer");
  expect_refused([&](Json& j) { j["pre_tokenizer"] = other; }, "/pre_tokenizer");
  expect_refused([&](Json& j) { j["decoder"] = other; }, "/decoder");
  expect_refused([&](Json& j) { j["decoder"]["decoders"][1] = other; }, "/decoder");
  expect_refused([&](Json& j) { j["post_processor"] = other; }, "/post_processor");
  expect_refused([&](Json& j) { j["model"]["type"] = "Unigram"; }, "/model/type");
  expect_refused([&](Json& j) { j["model"]["dropout"] = 0.1; }, "/model/dropout");
  expect_refused([&](Json& j) { j["model"]["ignore_merges"] = 1; }, "/model/ignore_merges");
  expect_refused([&](Json& j) { j["model"]["type"] = "WordPiece"; }, "BERT");
  expect_refused([&](Json& j) { j["model"]["fuse_unk"] = false; }, "/model/fuse_unk");
  expect_refused([&](Json& j) { j["model"]["continuing_subword_prefix"] = "##"; },
                 "/model/continuing_subword_prefix");
}

TEST(TokenizerJson, RefusesIdsWithHolesRepeatedOrOutOfRange) {
  for (const Json& id : {Json(3u), Json(-1), Json(1.5), Json(2147483648u), Json("2"), Json()}) {
    expect_refused([&](Json& j) { j["model"]["vocab"]["a"] = id; }, "/model/vocab/");
  }
  expect_refused([](Json& j) { j["model"]["vocab"].erase("c"); }, "leaves id 4 without a token");
  expect_refused([](Json& j) { j["model"]["vocab"][""] = 10; }, "empty");
}

TEST(TokenizerJson, RefusesAddedTokensThatCollideLeaveHolesOrAreEmpty) {
  expect_refused([](Json& j) { j["added_tokens"][2]["id"] = 2; }, "/added_tokens/2");
  expect_refused([](Json& j) { j["added_tokens"][2]["id"] = 12; }, "/added_tokens/2");
  expect_refused([](Json& j) { j["added_tokens"][2]["content"] = ""; }, "/added_tokens/2");
  expect_refused([](Json& j) { j["added_tokens"][2]["lstrip"] = 1; }, "/added_tokens/2/lstrip");
  expect_refused([](Json& j) { j["added_tokens"] = 5; }, "/added_tokens");
}

TEST(TokenizerJson, RefusesMergesThatAreNeitherOneNorAllSplitsInPieceOrder) {
  const auto merges = [](const char* text) {
    return [text](Json& j) { j["model"]["merges"] = Json::parse(text); };
  };
  expect_refused(
      [](Json& j) {
        j["model"]["vocab"]["abb"] = 10u;
        j["model"]["vocab"]["abbc"] = 11u;
        j["added_tokens"].erase(2);
        j["model"]["merges"] = {"b c", "a b", "ab b", "abb c", "ab bc"};
        j["model"]["vocab"]["bbc"] = 12u;
      },
      "2 of the 3 merges");
  expect_refused(merges(R"(["b c","\u2581 a","a bc","a b","ab c"])"), "among the merges");
  expect_refused(merges(R"(["b c","b c"])"), "/merges/1: is given twice");
  expect_refused(merges(R"(["b d"])"), "/merges/0");
  expect_refused(merges(R"(["c c"])"), "/merges/0");
  expect_refused(merges(R"(["bc"])"), "/merges/0");
  expect_refused(merges(R"(["b  c"])"), "/merges/0");
  expect_refused(merges(R"([["b","c","d"]])"), "/merges/0");
  expect_refused(merges(R"([7])"), "/merges/0");
  expect_refused(merges(R"({})"), "/merges");
}

TEST(TokenizerJson, RefusesAMergeOfAMillionSpacesWithoutTryingAllItsSplits) {
  // Hashing every prefix of it would take minutes; among a few pieces nothing is hashed.
  Json json = sound();
  json["added_tokens"].erase(2);
  for (size_t id = json["model"]["vocab"].size(); id < 100; ++id)
    json["model"]["vocab"]["piece" + std::to_string(id)] = id;
  json["model"]["merges"] = Json::array({std::string(1 << 20, ' ')});
  expect_refusal([&] { parse(json); }, "/merges/0: is longer than");
}

TEST(TokenizerJson, RunsOfOneCharacterMayShareARank) {
  Json json = sound();
  json["model"]["vocab"] = Json::parse(R"({"<unk>": 0, "<s>": 1, "x": 2, "xx": 3, "xxx": 4})");
  json["model"]["merges"] = {"x xx", "x x", "xx x"};
  json["added_tokens"].erase(2);
  const offline::Vocabulary vocabulary = parse(json);
  EXPECT_EQ(vocabulary.pieces[3].rank, 0u);
  EXPECT_EQ(vocabulary.pieces[4].rank, 0u);
}

}  // namespace
}  // namespace nibble::test
