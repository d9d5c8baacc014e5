// A cell comes back as it was written, is as documented, and nothing else is taken for one.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/results/cell_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "offline/files/input_error.h"
#include "tests/documents/documented_members.h"
#include "tests/offline/results/sample_cell.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;
using test::sample_cell;

ResultCell reread(const Json& json) {
  return read_cell(JsonValue(json, "file.json"));
}

std::string refusal_of(const Json& json) {
  try {
    reread(json);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(CellJson, IsAsDocumented) {
  test::expect_documented("Result files", cell_json(sample_cell()));
}

TEST(CellJson, ComesBackAsItWasWritten) {
  EXPECT_EQ(cell_json(reread(cell_json(sample_cell()))), cell_json(sample_cell()));
}

TEST(CellJson, KeepsWhatWasNotMeasuredApartFromZero) {
  ResultCell cell = sample_cell();
  cell.obedience.reset();
  cell.quality->kl_mean.reset();
  Json json = cell_json(cell);
  EXPECT_TRUE(json.at("obedience_pass_rate").is_null());
  EXPECT_TRUE(json.at("obedience").is_null());
  EXPECT_TRUE(json.at("quality").at("kl_mean").is_null());
  EXPECT_FALSE(reread(json).obedience);
  EXPECT_FALSE(reread(json).quality->kl_mean);
  json["quality"] = nullptr;
  EXPECT_FALSE(reread(json).quality);
}

/// Each member in turn is missing, and then a list, which no member but the lists may be.
TEST(CellJson, RefusesEveryMemberThatIsMissingOrOfAnotherType) {
  const Json whole = cell_json(sample_cell()), flat = whole.flatten();
  for (const auto& [path, value] : flat.items()) {
    if (path == "/obedience_pass_rate") continue;  // follows from /obedience
    const Json::json_pointer pointer(path);
    Json wrong = whole;
    wrong.at(pointer) = Json::array({Json::object()});
    EXPECT_NE(refusal_of(wrong).find("file.json: " + path), std::string::npos) << path;
    const bool may_be_null = path == "/quality/kl_mean" || path == "/quality/reference_perplexity";
    if (may_be_null) continue;
    wrong.at(pointer) = nullptr;
    EXPECT_NE(refusal_of(wrong).find("file.json: " + path), std::string::npos) << path;
  }
}

TEST(CellJson, RefusesValuesThatNothingMeasured) {
  const std::pair<const char*, Json> wrongs[] = {
      {"/schema_version", 2},
      {"/runs", 0},
      {"/batch_size", 0},
      {"/warmups", -1},
      {"/warmups", 1.5},
      {"/decode_tokens_per_second", 0},
      {"/latency_ms/samples", Json::array()},
      {"/latency_ms/p50", -1},
      {"/obedience/passed", 11},
      {"/quality/perplexity", 0},
      {"/timestamp", "2026-11-22 03:20"},
      {"/timestamp", std::string(1'000'000, '1')},
  };
  for (const auto& [path, value] : wrongs) {
    Json wrong = cell_json(sample_cell());
    wrong.at(Json::json_pointer(path)) = value;
    EXPECT_NE(refusal_of(wrong).find(std::string("file.json: ") + path), std::string::npos) << path;
  }
}

TEST(CellJson, PassesOverMembersOfTheFuture) {
  Json json = cell_json(sample_cell());
  json["something_new"] = 1;
  EXPECT_EQ(refusal_of(json), "");
}

}  // namespace
}  // namespace nibble::offline
