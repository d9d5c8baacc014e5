// Values of options: what they mean, and what is refused.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/option_values.h"

#include <gtest/gtest.h>

#include "offline/cli/command.h"

namespace nibble::offline {
namespace {

using format::Role;
using format::TensorType;

TEST(Budget, TakesDecimalAndBinaryUnits) {
  EXPECT_EQ(parse_budget("100MB"), 100'000'000u);
  EXPECT_EQ(parse_budget("64MiB"), 64u << 20);
  EXPECT_EQ(parse_budget("4096"), 4096u);
  EXPECT_EQ(parse_budget("none"), std::nullopt);
}

TEST(Budget, IsWrittenAsItIsTaken) {
  EXPECT_EQ(byte_count_text(100'000'000), "100MB");
  EXPECT_EQ(byte_count_text(3u << 20), "3MiB");
  for (const uint64_t bytes : {uint64_t{0}, uint64_t{7}, uint64_t{64'000}, ~uint64_t{0}})
    EXPECT_EQ(parse_budget(byte_count_text(bytes)), bytes);
}

TEST(Budget, RefusesWhatIsNoNumberOfBytes) {
  for (const char* text : {"", "MB", "-1", "1.5MB", "100 MB", "100mb", "99999999999999999999",
                           "18446744073709551615kB"})
    EXPECT_THROW(parse_budget(text), UsageError) << text;
}

TEST(Schemes, MixedKeepsAttentionAndEmbeddingInEightBits) {
  const Schemes schemes = parse_schemes({.weights = "mixed", .roles = {}});
  EXPECT_EQ(schemes.roles.at(Role::Query).type, TensorType::Int8);
  EXPECT_EQ(schemes.roles.at(Role::Embedding).type, TensorType::Int8);
  EXPECT_EQ(schemes.roles.at(Role::FfnDown).type, TensorType::Int4);
}

TEST(Schemes, LaterRolesWinAndMayNameTheirGroup) {
  const Schemes schemes =
      parse_schemes({.group = 64, .roles = {"attention=int8", "o=int4:32", "head=f16"}});
  EXPECT_EQ(schemes.weights.group, 64u);
  EXPECT_EQ(schemes.roles.at(Role::Key).type, TensorType::Int8);
  EXPECT_EQ(schemes.roles.at(Role::Key).group, 64u);
  EXPECT_EQ(schemes.roles.at(Role::AttentionOutput).type, TensorType::Int4);
  EXPECT_EQ(schemes.roles.at(Role::AttentionOutput).group, 32u);
  EXPECT_EQ(schemes.roles.at(Role::Head).group, 0u);
}

TEST(Schemes, AsymmetricMeansEveryInt4Matrix) {
  const Schemes schemes = parse_schemes({.asymmetric = true, .roles = {"ffn=int4", "q=int8"}});
  EXPECT_EQ(schemes.weights.type, TensorType::Int4Zero);
  EXPECT_EQ(schemes.roles.at(Role::FfnUp).type, TensorType::Int4Zero);
  EXPECT_EQ(schemes.roles.at(Role::Query).type, TensorType::Int8);
}

TEST(Schemes, RefuseUnknownRolesTypesAndGroups) {
  for (const char* role : {"", "ffn", "=int4", "nose=int4", "ffn=", "ffn=int3", "ffn=int4:48",
                           "ffn=int4:", "ffn=int4:32x", "ffn=f16:32"})
    EXPECT_THROW(parse_schemes({.roles = {role}}), UsageError) << role;
}

TEST(Thousandths, AreExact) {
  constexpr MilliRange kAny{0, ~0u};
  EXPECT_EQ(parse_milli("--x", "0", kAny), 0u);
  EXPECT_EQ(parse_milli("--x", "0.95", kAny), 950u);
  EXPECT_EQ(parse_milli("--x", "1.001", kAny), 1001u);
  for (const char* text : {"", ".", ".5", "1.", "1.0001", "-1", "1e3", "nan", "1,5"})
    EXPECT_THROW(parse_milli("--x", text, kAny), UsageError) << text;
}

TEST(Thousandths, OutsideTheirRangeAreRefusedWithIt) {
  EXPECT_EQ(parse_milli("--x", "0.1", kRepeatPenaltyRange), 100u);
  EXPECT_EQ(parse_milli("--x", "10", kRepeatPenaltyRange), 10'000u);
  for (const char* text : {"0.099", "10.001"}) {
    try {
      parse_milli("--x", text, kRepeatPenaltyRange);
      ADD_FAILURE() << text;
    } catch (const UsageError& error) {
      const std::string what = error.what();
      EXPECT_NE(what.find("--x '" + std::string(text) + "'"), std::string::npos) << what;
      EXPECT_NE(what.find("from 0.1 to 10 "), std::string::npos) << what;
    }
  }
}

TEST(KernelSets, ThatAreNotInTheBuildAreRefusedWithAList) {
  EXPECT_EQ(parse_kernels("auto"), nullptr);
  EXPECT_STREQ(parse_kernels("scalar")->name, "scalar");
  try {
    parse_kernels("sse9");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find("scalar"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace nibble::offline
