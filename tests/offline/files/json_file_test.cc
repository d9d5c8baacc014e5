// Strict JSON: what is refused, and where the message says it is.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/json_file.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "offline/files/input_error.h"

namespace nibble::offline {
namespace {

std::string refusal(std::string_view text) {
  try {
    parse_json(text, "file.json");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(JsonFile, ReadsWhatTheLibraryReads) {
  const std::string text =
      R"({"a":[1,-2,3.5,true,null,{"b":"\u00e9"}],"c":{},"d":[],"e":18446744073709551615})";
  EXPECT_EQ(parse_json(text, "file.json"), nlohmann::json::parse(text));
}

TEST(JsonFile, RefusesAKeyGivenTwiceAndNamesItsPath) {
  EXPECT_NE(refusal(R"({"a":1,"b":[0,{"x":1,"x":2}]})").find("file.json: /b/1/x:"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"a":1,"\u0061":1})"), "");
}

TEST(JsonFile, AcceptsTheSameKeyInTwoObjects) {
  EXPECT_EQ(refusal(R"([{"a":1},{"a":1,"b":{"a":2}}])"), "");
}

TEST(JsonFile, RefusesNestingBeyondTheLimitOnly) {
  const std::string open(kMaxJsonDepth, '['), close(kMaxJsonDepth, ']');
  EXPECT_EQ(refusal(open + close), "");
  EXPECT_NE(refusal("[" + open + close + "]").find("deeper"), std::string::npos);
}

TEST(JsonFile, AMillionOpenBracketsAreARefusal) {
  EXPECT_NE(refusal(std::string(1'000'000, '[')), "");
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
  EXPECT_NE(refusal(objects), "");
}

TEST(JsonFile, RefusesMalformedNumbersAndStrings) {
  for (const char* text : {"1e999", "01", "NaN", "0x1", "+1", "1.", "\"\\uD800\"",
                           "\"\\uDC00\\uD800\"", "\"\\q\"", "\"\xFF\"", "\"\n\"", "", "1 2"}) {
    EXPECT_NE(refusal(text).find("file.json: offset"), std::string::npos) << text;
  }
}

TEST(JsonFile, RefusesByteOrderMarksAndUtf16) {
  EXPECT_NE(refusal("\xEF\xBB\xBF{}").find("byte order mark"), std::string::npos);
  EXPECT_NE(refusal(std::string_view("{\0}\0", 4)), "");
}

TEST(JsonFile, RefusesEveryTruncation) {
  const std::string text = R"({"a":[1,{"b":"\u00e9xyz"}],"c":false})";
  for (size_t bytes = 0; bytes < text.size(); ++bytes) {
    EXPECT_NE(refusal(text.substr(0, bytes)), "") << bytes;
  }
}

TEST(JsonFile, RefusesAFolderAndAMissingFile) {
  EXPECT_THROW(read_json_file("."), InputError);
  EXPECT_THROW(read_json_file("there-is-no-such-file.json"), InputError);
}

}  // namespace
}  // namespace nibble::offline
