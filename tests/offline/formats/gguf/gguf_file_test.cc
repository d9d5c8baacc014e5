// GGUF files that lie: each lie has its own refusal, and what is true is read.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/gguf_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "offline/formats/gguf/block_weights.h"
#include "tests/offline/formats/expect_refusal.h"
#include "tests/offline/formats/gguf/gguf_bytes.h"
#include "tests/support/command.h"

namespace nibble::test {
namespace {

class Gguf : public ::testing::Test {
 protected:
  offline::GgufFile read(const std::string& bytes) {
    const std::filesystem::path path = folder_ / "model.gguf";
    std::ofstream(path, std::ios::binary) << bytes;
    return offline::read_gguf(path);
  }
  offline::GgufFile read(const GgufBytes& file) { return read(file.bytes()); }
  void refuse(const GgufBytes& file, const std::string& part) {
    SCOPED_TRACE(part);
    expect_refusal([&] { read(file); }, part);
    expect_refusal([&] { read(file); }, "model.gguf: ");
  }
  void refuse_key(const std::string& key, const std::string& part) {
    GgufBytes file = small_gguf();
    file.keys[1] = key;
    refuse(file, part);
  }
  void refuse_tensor(const std::string& entry, const std::string& part) {
    GgufBytes file = small_gguf();
    file.tensors[1] = entry;
    refuse(file, part);
  }

  TemporaryFolder folder_;
};

TEST_F(Gguf, IsReadInVersions2And3) {
  for (const uint32_t version : {2u, 3u}) {
    GgufBytes bytes = small_gguf();
    bytes.version = version;
    const offline::GgufFile file = read(bytes);
    EXPECT_EQ(file.metadata["general.architecture"].text(), "llama");
    EXPECT_EQ(file.integers("numbers"), (std::vector<int32_t>{7, -1}));
    ASSERT_EQ(file.tensors.size(), 2u);
    EXPECT_EQ(file.tensors[0].name, "a");
    EXPECT_EQ(file.tensors[0].shape, (std::vector<uint64_t>{2, 3}));
    EXPECT_EQ(file.tensors[1].type->name, std::string("Q8_0"));
    EXPECT_EQ(file.tensors[1].bytes.size(), 34u);
    EXPECT_EQ(std::to_integer<int>(file.tensors[1].bytes[0]), 1);
  }
}

TEST_F(Gguf, MayLackThePaddingBehindItsLastTensor) {
  GgufBytes file = small_gguf();
  file.data.resize(32 + 34);
  EXPECT_EQ(read(file).tensors.size(), 2u);
}

TEST_F(Gguf, G15CutAnywhereIsRefused) {
  const std::string whole = small_gguf().bytes();
  const size_t needed = whole.size() - 30;  // the rest is padding
  for (size_t size = 0; size < needed; ++size) {
    SCOPED_TRACE(size);
    EXPECT_THROW(read(whole.substr(0, size)), offline::InputError);
  }
}

TEST_F(Gguf, G01OfOtherVersionsAndByteOrdersIsRefused) {
  GgufBytes file = small_gguf();
  file.magic = "GGML";
  refuse(file, "offset 0: is no GGUF file");
  file.magic = "GGUF";
  for (const uint32_t version : {0u, 1u, 4u, 0xFFFFFFFFu}) {
    file.version = version;
    refuse(file, "offset 4: is ");
  }
  file.version = 3u << 24;
  refuse(file, "big-endian");
}

TEST_F(Gguf, G02CountsBeyondTheFileAreRefused) {
  for (const uint64_t count : {uint64_t{4000}, uint64_t{16384}, uint64_t{1} << 32, ~uint64_t{0}}) {
    GgufBytes file = small_gguf();
    file.tensor_count = count;
    refuse(file, "offset 8: announces " + std::to_string(count) + " tensors");
    file = small_gguf();
    file.key_count = count;
    refuse(file, "offset 16: announces " + std::to_string(count) + " keys");
  }
  GgufBytes file = small_gguf();
  file.key_count = 3;  // the first tensor's entry is read as a key
  EXPECT_THROW(read(file), offline::InputError);
}

TEST_F(Gguf, G06TextsAndArraysBeyondTheFileOrTheLimitAreRefused) {
  for (const uint64_t length : {uint64_t{1} << 30, uint64_t{1} << 63, ~uint64_t{0}}) {
    refuse_key(key_value("text", 8, le(length)), "is a text of " + std::to_string(length));
    refuse_key(le(length) + "key", "a key is a text of " + std::to_string(length));
    refuse_key(array_key("list", 4, length, ""), "is an array of " + std::to_string(length));
    refuse_key(array_key("list", 8, 1, le(length)), "is a text of " + std::to_string(length));
    refuse_tensor(le(length) + "b", "a tensor's name is a text of " + std::to_string(length));
  }
  refuse_key(key_value("text", 8, le(uint64_t{1000}) + "short"), "ends within");
  refuse_key(array_key("list", 4, 1000, ""), "ends within the value of 'list'");
}

TEST_F(Gguf, G04ValuesOfTypesThatAreNoneAreRefused) {
  refuse_key(key_value("odd", 13, ""), "has type 13, which no value has");
  refuse_key(key_value("odd", 0xFFFFFFFF, ""), "has type 4294967295");
  refuse_key(array_key("odd", 9, 1, le(uint32_t{4})), "is an array of type 9");
  refuse_key(array_key("odd", 77, 1, ""), "is an array of type 77");
  refuse_key(key_value("odd", 7, "\2"), "is a flag of 2");
}

TEST_F(Gguf, G03KeysAndNamesThatAreTwiceOrEmptyAreRefused) {
  refuse_key(text_key("general.architecture", "gpt2"), "has the key 'general.architecture' twice");
  refuse_key(array_key("general.architecture", 4, 0, ""), "twice");
  refuse_key(text_key("", "x"), "has an empty key");
  refuse_tensor(tensor_entry("a", {32}, 8, 32), "tensor 'a' is there twice");
  refuse_tensor(tensor_entry("", {32}, 8, 32), "without a name");
  refuse_tensor(tensor_entry(std::string(64, 'b'), {32}, 8, 32), "is a text of 64 bytes");
  GgufBytes file = small_gguf();
  file.keys = {array_key("long", 0, 3000, std::string(3000, 'x')), u32_key("long", 1)};
  refuse(file, "has the key 'long' twice");
}

TEST_F(Gguf, G08ShapesThatCannotBeAreRefused) {
  refuse_tensor(tensor_entry("b", {}, 8, 32), "has 0 dimensions");
  refuse_tensor(tensor_entry("b", {32, 1, 1, 1}, 8, 32), "has 4 dimensions");
  refuse_tensor(counted("b") + le(uint32_t{0xFFFFFFFF}) + le(uint64_t{1}), "dimensions");
  refuse_tensor(tensor_entry("b", {0}, 8, 32), "dimensions that are 0");
  refuse_tensor(tensor_entry("b", {32, 0}, 8, 32), "dimensions that are 0");
  refuse_tensor(tensor_entry("b", {uint64_t{1} << 32}, 8, 32), "more rows or columns");
  refuse_tensor(tensor_entry("b", {32, uint64_t{1} << 63, 2}, 8, 32), "more rows or columns");
  refuse_tensor(tensor_entry("b", {32, uint64_t{1} << 32, uint64_t{1} << 32}, 8, 32),
                "more rows or columns");
  refuse_tensor(tensor_entry("b", {0xFFFFFFE0, 0xFFFFFFFF}, 0, 32), "more bytes than any file");
  refuse_tensor(tensor_entry("b", {1024, 1024}, 8, 32), "ends behind the end of the file");
  refuse_tensor(tensor_entry("b", {31}, 8, 32), "blocks of 32 (Q8_0) do not divide");
  refuse_tensor(tensor_entry("b", {32}, 12, 32), "blocks of 256 (Q4_K) do not divide");
}

TEST_F(Gguf, G09TypesThatAreNotReadAreRefusedByName) {
  refuse_tensor(tensor_entry("b", {256}, 16, 32), "is of type IQ2_XXS, which is not read");
  refuse_tensor(tensor_entry("b", {32}, 4, 32), "is of type 4");
  refuse_tensor(tensor_entry("b", {32}, 0xFFFFFFFF, 32), "is of type 4294967295");
}

TEST_F(Gguf, G10OffsetsThatLeaveHolesOrOverlapAreRefused) {
  for (const uint64_t offset : {uint64_t{0}, uint64_t{24}, uint64_t{31}, uint64_t{64}, ~uint64_t{0},
                                ~uint64_t{31}, uint64_t{1} << 63}) {
    refuse_tensor(tensor_entry("b", {32}, 8, offset),
                  "is at offset " + std::to_string(offset) + " of the data, must be at 32");
  }
  GgufBytes file = small_gguf();
  file.data += std::string(32, '\0');
  refuse(file, "has bytes behind its last tensor");
}

TEST_F(Gguf, G07AlignmentsThatAreNoneAreRefused) {
  for (const uint32_t alignment : {0u, 1u, 4u, 24u, 8192u, 0x80000000u, 0xFFFFFFFFu}) {
    refuse_key(u32_key("general.alignment", alignment),
               "/general.alignment: is " + std::to_string(alignment));
  }
  refuse_key(text_key("general.alignment", "32"), "/general.alignment: is \"32\"");
  GgufBytes file = small_gguf();
  file.keys[1] = u32_key("general.alignment", 64);
  refuse(file, "must be at 64");
}

TEST_F(Gguf, G12ArraysOfAnotherTypeThanWantedAreRefused) {
  const offline::GgufFile file = read(small_gguf());
  expect_refusal([&] { file.strings("numbers"); }, "/numbers: is an array of another type");
  expect_refusal([&] { file.floats("numbers"); }, "must be of 32-bit floats");
  expect_refusal([&] { file.strings("absent"); }, "/absent: must be an array of texts");
  expect_refusal([&] { file.integers("general.architecture"); }, "must be an array of");
}

TEST_F(Gguf, NoChangedByteDoesWorseThanARefusal) {
  const std::string whole = small_gguf().bytes();
  for (size_t at = 0; at < whole.size() - 96; ++at) {
    for (const char flip : {'\x01', '\x80', '\xFF'}) {
      std::string damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      try {
        const offline::GgufFile file = read(damaged);
        for (const offline::GgufTensor& tensor : file.tensors) {
          std::vector<float> row(tensor.columns);
          offline::map_blocks(tensor, file.mapping)->read_rows(tensor.rows - 1, row);
        }
      } catch (const offline::InputError&) {
      }
    }
  }
}

}  // namespace
}  // namespace nibble::test
