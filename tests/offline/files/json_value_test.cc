// Values of a JSON document: what is there, and refusals that name the path.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/json_value.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/offline/formats/expect_refusal.h"

namespace nibble::test {
namespace {

using nlohmann::json;
using offline::JsonValue;

const JsonValue& document() {
  static const JsonValue document(
      json::parse(R"({"text":"a","list":[1,{"deep":-2}],"none":null,"flag":true,"half":0.5})"),
      "file.json");
  return document;
}

TEST(JsonValue, IsAbsentWhereNothingOrNullIs) {
  EXPECT_TRUE(document()["text"].exists());
  EXPECT_FALSE(document()["none"].exists());
  EXPECT_FALSE(document()["other"]["deeper"].exists());
  EXPECT_FALSE(document()["text"]["deeper"].exists());
  EXPECT_EQ(document()["none"].count_or(9, 7), 7u);
  EXPECT_EQ(document()["none"].number_or(0, 1, 0.25), 0.25);
  EXPECT_TRUE(document()["none"].flag_or(true));
}

TEST(JsonValue, KnowsItsPath) {
  EXPECT_EQ(document().path(), "file.json: /");
  EXPECT_EQ(document()["list"][1]["deep"].path(), "file.json: /list/1/deep");
  EXPECT_EQ(document()["other"]["deeper"].path(), "file.json: /other/deeper");
}

TEST(JsonValue, IsReadAsWhatItIs) {
  EXPECT_EQ(document()["text"].text(), "a");
  EXPECT_EQ(document()["list"].array_size(), 2u);
  EXPECT_EQ(document()["list"][size_t{0}].count(1), 1u);
  EXPECT_EQ(document()["list"][size_t{0}].whole_number(), 1u);
  EXPECT_EQ(document()["half"].number(0, 1), 0.5);
  EXPECT_TRUE(document()["flag"].flag());
  EXPECT_EQ(document()["list"][1].keys(), std::vector<std::string>{"deep"});
}

TEST(JsonValue, RefusesOtherKindsByPathAndValue) {
  const JsonValue deep = document()["list"][1]["deep"];
  expect_refusal([&] { deep.count(9); }, "file.json: /list/1/deep: is -2, must be an integer");
  expect_refusal([&] { deep.whole_number(); }, "must be a non-negative integer");
  expect_refusal([&] { deep.text(); }, "is -2, must be a text");
  expect_refusal([&] { deep.flag(); }, "must be true or false");
  expect_refusal([&] { deep.keys(); }, "must be an object");
  expect_refusal([&] { deep.array_size(); }, "must be a list");
  expect_refusal([&] { deep.number(-1, 1); }, "must be a number from -1.0 to 1.0");
  expect_refusal([] { document()["other"].text(); }, "/other: is missing; it must be a text");
  expect_refusal([] { document()["flag"].flag_or(true), document()["text"].flag_or(true); },
                 "/text: is \"a\", must be true or false");
}

TEST(JsonValue, KeepsTheRangeOfCounts) {
  const JsonValue counts(json::parse("[0,1,9,10,4294967296]"), "counts");
  EXPECT_EQ(counts[1].count(9), 1u);
  EXPECT_EQ(counts[2].count(9), 9u);
  for (const size_t bad : {0, 3, 4}) {
    expect_refusal([&] { counts[bad].count(9); }, "must be an integer from 1 to 9");
  }
}

TEST(JsonValue, QuotesLongValuesInPart) {
  const JsonValue longer(json(std::string(1000, 'x')), "text");
  EXPECT_LT(longer.quoted().size(), 210u);
  expect_refusal([&] { longer.refuse_as_unsupported(); }, "…, which is not supported");
}

TEST(JsonValue, OutlivesTheValueItCameFrom) {
  const JsonValue inner = JsonValue(json{{"a", {{"b", "kept"}}}}, "gone")["a"]["b"];
  EXPECT_EQ(inner.text(), "kept");
  EXPECT_EQ(inner.path(), "gone: /a/b");
}

}  // namespace
}  // namespace nibble::test
