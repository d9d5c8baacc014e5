// False safetensors tables are refused, each for its own reason.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/safetensors.h"

#include <gtest/gtest.h>

#include "tests/offline/formats/expect_refusal.h"
#include "tests/offline/formats/safetensors_text.h"
#include "tests/support/command.h"

namespace nibble::test {
namespace {

using offline::read_safetensors;
using offline::SafetensorsFile;

class Safetensors : public ::testing::Test {
 protected:
  void refuse(const std::string& header, const std::string& data, const std::string& part) {
    write_safetensors(path_, header, data);
    expect_refusal([&] { read_safetensors(path_); }, part);
  }
  SafetensorsFile accept(const std::string& header, const std::string& data) {
    write_safetensors(path_, header, data);
    return read_safetensors(path_);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.safetensors";
};

TEST_F(Safetensors, AreReadWhateverTheOrderOfTheirBytes) {
  const SafetensorsFile file =
      accept("{" + entry("late", "F32", "[1]", "[4,8]") + "," +
                 entry("early", "F16", "[2,1]", "[0,4]") + R"(,"__metadata__":{"format":"pt"}}   )",
             std::string("\x00\x3C\x00\xC0\x00\x00\x40\x40", 8));
  ASSERT_EQ(file.tensors.size(), 2u);
  const offline::SourceTensor &early = file.tensors.at("early"), &late = file.tensors.at("late");
  EXPECT_EQ(early.shape, (std::vector<uint64_t>{2, 1}));
  EXPECT_EQ(early.weights->rows(), 2u);
  EXPECT_EQ(early.weights->columns(), 1u);
  EXPECT_EQ(file.metadata.at("format"), "pt");
  float halves[2], single[1];
  early.weights->read_rows(0, halves);
  late.weights->read_rows(0, single);
  EXPECT_EQ(halves[0], 1);
  EXPECT_EQ(halves[1], -2);
  EXPECT_EQ(single[0], 3);
}

TEST_F(Safetensors, MayHoldScalarsAndEmptyTensors) {
  const SafetensorsFile file = accept("{" + entry("scalar", "BF16", "[]", "[0,2]") + "," +
                                          entry("empty", "F32", "[0,7]", "[2,2]") + "," +
                                          entry("first", "F32", "[0]", "[0,0]") + "}",
                                      std::string("\x80\x3F", 2));
  ASSERT_EQ(file.tensors.size(), 3u);
  EXPECT_TRUE(file.tensors.at("scalar").shape.empty());
  float scalar[1];
  file.tensors.at("scalar").weights->read_rows(0, scalar);
  EXPECT_EQ(scalar[0], 1);
}

TEST_F(Safetensors, WithMoreRowsThanAreCountedAreRefused) {
  refuse("{" + entry("a", "F32", "[8589934592,0]", "[0,0]") + "}", "", "/a/shape: has more rows");
}

TEST_F(Safetensors, ShorterThanTheirLengthFieldAreRefused) {
  for (size_t bytes = 0; bytes < 8; ++bytes) {
    std::ofstream(path_, std::ios::binary) << std::string(bytes, '\0');
    expect_refusal([&] { read_safetensors(path_); }, "too few");
  }
}

TEST_F(Safetensors, WithAHeaderLongerThanTheFileOrTheLimitAreRefused) {
  write_safetensors(path_, "{}", "", 3);
  expect_refusal([&] { read_safetensors(path_); }, "only 2 follow");
  write_safetensors(path_, "{}", "", 0);
  expect_refusal([&] { read_safetensors(path_); }, "must start with '{'");
  for (const uint64_t bytes : {uint64_t{100'000'001}, uint64_t{1} << 30, ~uint64_t{0}}) {
    write_safetensors(path_, "{}", "", bytes);
    expect_refusal([&] { read_safetensors(path_); }, "at most 100,000,000");
  }
}

TEST_F(Safetensors, WhoseHeaderIsNoObjectAreRefused) {
  refuse(" {}", "", "must start with '{'");
  refuse("[]", "", "must start with '{'");
  refuse("\xEF\xBB\xBF{}", "", "must start with '{'");
  refuse("{} x", "", "not valid JSON");
  refuse("{\"\xFF\":1}", "", "not valid JSON");
}

TEST_F(Safetensors, ThatNameATensorTwiceAreRefused) {
  refuse("{" + entry("a", "F32", "[1]", "[0,4]") + "," + entry("a", "F16", "[2]", "[0,4]") + "}",
         "1234", "twice");
}

TEST_F(Safetensors, WithMetadataOtherThanStringsAreRefused) {
  refuse(R"({"__metadata__":{"a":1}})", "", "/__metadata__/a");
  refuse(R"({"__metadata__":[]})", "", "/__metadata__");
}

TEST_F(Safetensors, WithOffsetsOtherThanPlainIntegersAreRefused) {
  for (const char* const offsets :
       {"[4,0]", "[-4,0]", "[0,1.0]", "[0,1e3]", "[\"0\",4]", "[0]", "[0,4,4]",
        "[0,9007199254740993]", "[0,18446744073709551615]", "[18446744073709551612,0]", "4"}) {
    SCOPED_TRACE(offsets);
    refuse("{" + entry("a", "F32", "[1]", offsets) + "}", "1234", "/a/data_offsets");
  }
  refuse("{" + entry("a", "F32", "[1]", "[0,18446744073709551616]") + "}", "1234",
         "/a/data_offsets");
}

TEST_F(Safetensors, WithOverlapsHolesOrTrailingBytesAreRefused) {
  const std::string first = entry("a", "F32", "[1]", "[0,4]");
  refuse("{" + first + "," + entry("b", "F32", "[1]", "[2,6]") + "}", "123456", "overlaps");
  refuse("{" + first + "," + entry("b", "F32", "[1]", "[0,4]") + "}", "1234", "overlaps");
  refuse("{" + first + "," + entry("b", "F32", "[1]", "[6,10]") + "}", "1234567890", "hole");
  refuse("{" + entry("b", "F32", "[1]", "[1,5]") + "}", "12345", "hole");
  refuse("{" + first + "}", "12345", "1 bytes at its end");
  refuse("{}", "1", "1 bytes at its end");
}

TEST_F(Safetensors, WhoseShapeDoesNotMakeTheirBytesAreRefused) {
  refuse("{" + entry("a", "F32", "[2]", "[0,4]") + "}", "1234", "do not make");
  refuse("{" + entry("a", "F16", "[1]", "[0,4]") + "}", "1234", "do not make");
  // 2^32 · 2^32 elements wrap to none.
  refuse("{" + entry("a", "F32", "[4294967296,4294967296]", "[0,0]") + "}", "", "do not make");
  refuse("{" + entry("a", "F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]") + "}", "1234", "/a/shape");
  refuse("{" + entry("a", "F32", "[-1]", "[0,4]") + "}", "1234", "/a/shape");
}

TEST_F(Safetensors, WithMoreTensorsThanABlobHoldsAreRefused) {
  std::string table;
  for (size_t i = 0; i <= offline::kMaxSafetensorsTensors; ++i)
    table += (i == 0 ? "{" : ",") + entry(std::to_string(i), "F32", "[0]", "[0,0]");
  refuse(table + "}", "", "more tensors than");
}

TEST_F(Safetensors, OfOtherTypesAreRefusedByName) {
  for (const char* const type : {"F64", "I64", "F8_E4M3", "f32", ""}) {
    refuse("{" + entry("a", type, "[1]", "[0,8]") + "}", "12345678",
           "\"" + std::string(type) + "\"");
  }
}

TEST_F(Safetensors, WithOtherKeysAreRefused) {
  refuse(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}})", "1234", "exactly");
  refuse(R"({"a":{"dtype":"F32","shape":[1]}})", "", "exactly");
  refuse(R"({"a":1})", "", "exactly");
}

TEST_F(Safetensors, ThatAreNoRegularFilesAreRefused) {
  expect_refusal([&] { read_safetensors(folder_.path()); }, "regular file");
  expect_refusal([&] { read_safetensors(folder_ / "absent"); }, "cannot be opened");
}

}  // namespace
}  // namespace nibble::test
