// Safetensors files that contradict themselves: each contradiction has its own refusal.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/bad_input/corrupted_model.h"

namespace nibble::test {
namespace {

using OrderedJson = nlohmann::ordered_json;

/// The id of the catalog's row, and what is done to a good file.
struct Lie {
  const char* row;
  const char* name;
  const char* says;  ///< what the message has to hold
  std::function<void(CorruptedModel&)> tell;
};

void PrintTo(const Lie& lie, std::ostream* out) {
  *out << lie.row << ' ' << lie.name;
}

class Weights : public testing::TestWithParam<Lie> {};

TEST_P(Weights, AreRefusedByName) {
  CorruptedModel model;
  GetParam().tell(model);
  const std::string message = expect_refused(model, "model.safetensors");
  EXPECT_NE(message.find(GetParam().says), std::string::npos) << message;
}

std::function<void(CorruptedModel&)> file_is(const std::string& bytes) {
  return [=](CorruptedModel& model) { model.set_text("model.safetensors", bytes); };
}

std::function<void(CorruptedModel&)> header_length_is(std::function<uint64_t(uint64_t)> length) {
  return [=](CorruptedModel& model) {
    SafetensorsParts parts = model.weights();
    const uint64_t file_bytes = 8 + parts.header.size() + parts.payload.size();
    parts.header_length = length(file_bytes);
    model.set_weights(parts);
  };
}

/// Edits the header's text, and corrects its length.
std::function<void(CorruptedModel&)> header_text(std::function<std::string(std::string)> edit) {
  return [=](CorruptedModel& model) {
    SafetensorsParts parts = model.weights();
    parts.header = edit(parts.header);
    parts.header_length = parts.header.size();
    model.set_weights(parts);
  };
}

OrderedJson& first_tensor(OrderedJson& header) {
  for (auto& [name, entry] : header.items())
    if (name != "__metadata__") return entry;
  throw std::runtime_error("no tensors");
}

std::function<void(CorruptedModel&)> first_tensor_has(const std::string& member,
                                                      const OrderedJson& value) {
  return [=](CorruptedModel& model) {
    model.change_header([&](OrderedJson& header) { first_tensor(header)[member] = value; });
  };
}

std::string plus_zeros(const std::string& text, size_t count) {
  return text + std::string(count, '\0');
}

/// Four bytes that belong to no tensor, behind the first one.
void leave_a_hole(CorruptedModel& model) {
  SafetensorsParts parts = model.weights();
  OrderedJson header = OrderedJson::parse(parts.header);
  uint64_t first_end = parts.payload.size();
  for (auto& [name, entry] : header.items())
    if (entry["data_offsets"][0] == 0) first_end = entry["data_offsets"][1];
  for (auto& [name, entry] : header.items())
    for (OrderedJson& offset : entry["data_offsets"])
      if (entry["data_offsets"] != OrderedJson({0, first_end})) offset = offset.get<uint64_t>() + 4;
  parts.header = header.dump();
  parts.header_length = parts.header.size();
  parts.payload.insert(first_end, 4, '\0');
  model.set_weights(parts);
}

const Lie kLies[] = {
    {"S01", "Empty", "too few for a safetensors file", file_is("")},
    {"S01", "SevenBytes", "too few for a safetensors file", file_is("\7\0\0\0\0\0")},
    {"S01", "HeaderOfNothing", "must start with '{'", header_length_is([](uint64_t) { return 0; })},
    {"S01", "HeaderOfOneByte", "not valid JSON", header_length_is([](uint64_t) { return 1; })},
    {"S02", "HeaderOfAllBits", "at most 100,000,000 are allowed",
     header_length_is([](uint64_t) { return ~uint64_t{0}; })},
    {"S02", "HeaderOneByteTooLong", "the file is cut off",
     header_length_is([](uint64_t file) { return file - 7; })},
    {"S02", "HeaderOfAGigabyte", "at most 100,000,000 are allowed",
     header_length_is([](uint64_t) { return 1'000'000'000; })},
    {"S03", "LeadingSpace", "must start with '{'",
     header_text([](const std::string& text) { return " " + text; })},
    {"S03", "ByteOrderMark", "must start with '{'",
     header_text([](const std::string& text) { return "\xEF\xBB\xBF" + text; })},
    {"S03", "Array", "must start with '{'",
     header_text([](const std::string& text) { return "[" + text + "]"; })},
    {"S04", "InvalidUtf8", "not valid JSON",
     header_text([](std::string text) { return text.replace(2, 1, "\xFF"); })},
    {"S05", "TextBehind", "not valid JSON",
     header_text([](const std::string& text) { return text + "x"; })},
    {"S06", "DuplicateName", "given twice", header_text([](const std::string& text) {
       const std::string entry = text.substr(1, text.find('}'));
       return "{" + entry + "," + text.substr(1);
     })},
    {"S07", "MetadataIsANumber", "/__metadata__: is 7, must be an object",
     [](CorruptedModel& model) {
       model.change_header([](OrderedJson& header) { header["__metadata__"] = 7; });
     }},
    {"S08", "OffsetsReversed", "is not within the file", first_tensor_has("data_offsets", {64, 0})},
    {"S08", "OffsetsNegative", "non-negative integer", first_tensor_has("data_offsets", {-64, 0})},
    {"S08", "OffsetsFractional", "non-negative integer",
     first_tensor_has("data_offsets", {0.5, 64})},
    {"S08", "OffsetsAsText", "non-negative integer", first_tensor_has("data_offsets", {"0", "64"})},
    {"S08", "OffsetsBeyondInteger", "non-negative integer",
     first_tensor_has("data_offsets", {0, 18446744073709551616.0})},
    {"S08", "OneOffset", "must be two offsets", first_tensor_has("data_offsets", {0})},
    {"S09", "Overlap", "overlaps the tensor before it",
     [](CorruptedModel& model) {
       model.change_header([](OrderedJson& header) {
         for (auto& [name, entry] : header.items()) {
           if (name == "__metadata__" || entry["data_offsets"][0] == 0) continue;
           const uint64_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
           entry["data_offsets"] = {begin - 4, end - 4};
           return;
         }
       });
     }},
    {"S09", "Hole", "leaves a hole", leave_a_hole},
    {"S09", "TrailingByte", "belong to no tensor",
     [](CorruptedModel& model) {
       SafetensorsParts parts = model.weights();
       parts.payload = plus_zeros(parts.payload, 1);
       model.set_weights(parts);
     }},
    {"S09", "LastByteMissing", "is not within the file",
     [](CorruptedModel& model) {
       SafetensorsParts parts = model.weights();
       parts.payload.pop_back();
       model.set_weights(parts);
     }},
    {"S10", "ShapeTooLarge", "shape and type do not make",
     first_tensor_has("shape", {1u << 20, 1u << 10})},
    {"S10", "ShapeWraps", "shape and type do not make",
     first_tensor_has("shape", {uint64_t{1} << 33, uint64_t{1} << 31})},
    {"S11", "UnknownType", "F8_E4M3", first_tensor_has("dtype", "F8_E4M3")},
    {"S11", "IntegerType", "I64", first_tensor_has("dtype", "I64")},
    {"S11", "TypeIsANumber", "type 16 is not supported", first_tensor_has("dtype", 16)},
    {"S12", "ShapeOfZero", "shape and type do not make", first_tensor_has("shape", {0, 64})},
    {"S12", "ShapeOfNineDimensions", "at most 8 dimensions",
     first_tensor_has("shape", {1, 1, 1, 1, 1, 1, 1, 1, 1})},
    {"S18", "ZipArchive", "the file is cut off", file_is(plus_zeros("PK\3\4", 64))},
};

INSTANTIATE_TEST_SUITE_P(Lies, Weights, testing::ValuesIn(kLies), [](const auto& instance) {
  return std::string(instance.param.row) + instance.param.name;
});

TEST(SpoiledWeights, S17NotANumberIsRefused) {
  CorruptedModel model;
  SafetensorsParts parts = model.weights();
  parts.payload.replace(0, 2, "\x00\x7E", 2);  // a half that is NaN
  model.set_weights(parts);
  const std::string message = expect_refused(model, "model");
  EXPECT_NE(message.find("embed"), std::string::npos) << message;
}

}  // namespace
}  // namespace nibble::test
