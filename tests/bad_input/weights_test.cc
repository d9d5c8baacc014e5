// Safetensors files that lie: each lie is refused with a message of its own.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include "tests/bad_input/spoiled_model.h"

namespace nibble::test {
namespace {

using Json = nlohmann::ordered_json;

/// The id of the catalogue's row, and what is done to a good file.
struct Lie {
  const char* row;
  const char* name;
  std::function<void(SpoiledModel&)> tell;
};

void PrintTo(const Lie& lie, std::ostream* out) {
  *out << lie.row << ' ' << lie.name;
}

class Weights : public testing::TestWithParam<Lie> {};

TEST_P(Weights, AreRefusedByName) {
  SpoiledModel model;
  GetParam().tell(model);
  expect_refused(model, "model.safetensors");
}

std::function<void(SpoiledModel&)> file_is(const std::string& bytes) {
  return [=](SpoiledModel& model) { model.set_text("model.safetensors", bytes); };
}

std::function<void(SpoiledModel&)> header_length_is(std::function<uint64_t(uint64_t)> length) {
  return [=](SpoiledModel& model) {
    SafetensorsParts parts = model.weights();
    const uint64_t file_bytes = 8 + parts.header.size() + parts.payload.size();
    parts.header_length = length(file_bytes);
    model.set_weights(parts);
  };
}

/// The header's text, edited by hand; its length is kept right.
std::function<void(SpoiledModel&)> header_text(std::function<std::string(std::string)> edit) {
  return [=](SpoiledModel& model) {
    SafetensorsParts parts = model.weights();
    parts.header = edit(parts.header);
    parts.header_length = parts.header.size();
    model.set_weights(parts);
  };
}

Json& first_tensor(Json& header) {
  for (auto& [name, entry] : header.items())
    if (name != "__metadata__") return entry;
  throw std::runtime_error("no tensors");
}

std::function<void(SpoiledModel&)> first_tensor_has(const std::string& member, const Json& value) {
  return [=](SpoiledModel& model) {
    model.change_header([&](Json& header) { first_tensor(header)[member] = value; });
  };
}

std::string plus_zeros(const std::string& text, size_t count) {
  return text + std::string(count, '\0');
}

const Lie kLies[] = {
    {"S01", "Empty", file_is("")},
    {"S01", "SevenBytes", file_is("\7\0\0\0\0\0")},
    {"S01", "HeaderOfNothing", header_length_is([](uint64_t) { return 0; })},
    {"S01", "HeaderOfOneByte", header_length_is([](uint64_t) { return 1; })},
    {"S02", "HeaderOfAllBits", header_length_is([](uint64_t) { return ~uint64_t{0}; })},
    {"S02", "HeaderOneByteTooLong", header_length_is([](uint64_t file) { return file - 7; })},
    {"S02", "HeaderOfAGigabyte", header_length_is([](uint64_t) { return 1'000'000'000; })},
    {"S03", "LeadingSpace", header_text([](const std::string& text) { return " " + text; })},
    {"S03", "ByteOrderMark",
     header_text([](const std::string& text) { return "\xEF\xBB\xBF" + text; })},
    {"S03", "Array", header_text([](const std::string& text) { return "[" + text + "]"; })},
    {"S04", "InvalidUtf8",
     header_text([](std::string text) { return text.replace(2, 1, "\xFF"); })},
    {"S05", "TextBehind", header_text([](const std::string& text) { return text + "x"; })},
    {"S06", "DuplicateName", header_text([](const std::string& text) {
       const std::string entry = text.substr(1, text.find('}'));
       return "{" + entry + "," + text.substr(1);
     })},
    {"S07", "MetadataIsANumber",
     [](SpoiledModel& model) {
       model.change_header([](Json& header) { header["__metadata__"] = 7; });
     }},
    {"S08", "OffsetsReversed", first_tensor_has("data_offsets", {64, 0})},
    {"S08", "OffsetsNegative", first_tensor_has("data_offsets", {-64, 0})},
    {"S08", "OffsetsFractional", first_tensor_has("data_offsets", {0.5, 64})},
    {"S08", "OffsetsAsText", first_tensor_has("data_offsets", {"0", "64"})},
    {"S08", "OffsetsBeyondInteger", first_tensor_has("data_offsets", {0, 18446744073709551616.0})},
    {"S08", "OneOffset", first_tensor_has("data_offsets", {0})},
    {"S09", "Overlap",
     [](SpoiledModel& model) {
       model.change_header([](Json& header) {
         for (auto& [name, entry] : header.items()) {
           if (name == "__metadata__" || entry["data_offsets"][0] == 0) continue;
           const uint64_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
           entry["data_offsets"] = {begin - 4, end - 4};
           return;
         }
       });
     }},
    {"S09", "TrailingByte",
     [](SpoiledModel& model) {
       SafetensorsParts parts = model.weights();
       parts.payload = plus_zeros(parts.payload, 1);
       model.set_weights(parts);
     }},
    {"S09", "LastByteMissing",
     [](SpoiledModel& model) {
       SafetensorsParts parts = model.weights();
       parts.payload.pop_back();
       model.set_weights(parts);
     }},
    {"S10", "ShapeTooLarge", first_tensor_has("shape", {1u << 20, 1u << 10})},
    {"S10", "ShapeWraps", first_tensor_has("shape", {uint64_t{1} << 33, uint64_t{1} << 31})},
    {"S11", "UnknownType", first_tensor_has("dtype", "F8_E4M3")},
    {"S11", "IntegerType", first_tensor_has("dtype", "I64")},
    {"S11", "TypeIsANumber", first_tensor_has("dtype", 16)},
    {"S12", "ShapeOfZero", first_tensor_has("shape", {0, 64})},
    {"S12", "ShapeOfNineDimensions", first_tensor_has("shape", {1, 1, 1, 1, 1, 1, 1, 1, 1})},
    {"S18", "ZipArchive", file_is(plus_zeros("PK\3\4", 64))},
};

INSTANTIATE_TEST_SUITE_P(Lies, Weights, testing::ValuesIn(kLies), [](const auto& instance) {
  return std::string(instance.param.row) + instance.param.name;
});

TEST(SpoiledWeights, S17NotANumberIsRefused) {
  SpoiledModel model;
  SafetensorsParts parts = model.weights();
  parts.payload.replace(0, 2, "\x00\x7E", 2);  // a half that is NaN
  model.set_weights(parts);
  const std::string message = expect_refused(model, "model");
  EXPECT_NE(message.find("embed"), std::string::npos) << message;
}

}  // namespace
}  // namespace nibble::test
