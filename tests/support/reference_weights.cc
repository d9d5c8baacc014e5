// Safetensors by its definition: a length, a JSON header, the bytes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/reference_weights.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace nibble::test {

double stored(double value, Storing storing) {
  if (value == 0 || storing == Storing::Exactly) return value;
  // 11 bits of significand, no finer than the smallest subnormal.
  const int exponent = std::max(std::ilogb(value) - 10, -24);
  return std::ldexp(std::nearbyint(std::ldexp(value, -exponent)), exponent);
}

namespace {

double half_to_double(uint16_t bits) {
  const double sign = bits & 0x8000 ? -1.0 : 1.0;
  const int exponent = bits >> 10 & 31;
  const double fraction = bits & 0x3FF;
  if (exponent == 31) throw std::runtime_error("an infinity or NaN among the weights");
  if (exponent == 0) return sign * std::ldexp(fraction, -24);
  return sign * std::ldexp(1024.0 + fraction, exponent - 25);
}

template <class T>
T load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

double element(const std::string& type, const char* bytes, uint64_t index) {
  if (type == "F32") return load<float>(bytes + index * 4);
  if (type == "F16") return half_to_double(load<uint16_t>(bytes + index * 2));
  const uint32_t widened = uint32_t{load<uint16_t>(bytes + index * 2)} << 16;
  return load<float>(reinterpret_cast<const char*>(&widened));
}

ReferenceTensor read_tensor(const nlohmann::json& entry, const std::string& payload,
                            Storing storing) {
  const std::string type = entry.at("dtype");
  if (type != "F32" && type != "F16" && type != "BF16")
    throw std::runtime_error("no reference for element type " + type);
  ReferenceTensor tensor{entry.at("shape").get<std::vector<uint64_t>>(), {}};
  uint64_t count = 1;
  for (const uint64_t dimension : tensor.shape) count *= dimension;
  const uint64_t begin = entry.at("data_offsets").at(0), end = entry.at("data_offsets").at(1);
  if (end - begin != count * (type == "F32" ? 4 : 2) || end > payload.size())
    throw std::runtime_error("data_offsets do not match the shape");
  tensor.values.resize(count);
  for (uint64_t i = 0; i < count; ++i) tensor.values[i] = element(type, payload.data() + begin, i);
  if (tensor.shape.size() == 2)
    for (double& value : tensor.values) value = stored(value, storing);
  return tensor;
}

}  // namespace

std::map<std::string, ReferenceTensor> read_reference_weights(const std::filesystem::path& folder,
                                                              Storing storing) {
  std::ifstream file(folder / "model.safetensors", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.size() < 8) throw std::runtime_error("cannot read " + folder.string());
  const auto header_bytes = load<uint64_t>(bytes.data());
  const auto header = nlohmann::json::parse(bytes.substr(8, header_bytes));
  const std::string payload = bytes.substr(8 + header_bytes);
  std::map<std::string, ReferenceTensor> tensors;
  for (const auto& [name, entry] : header.items())
    if (name != "__metadata__") tensors[name] = read_tensor(entry, payload, storing);
  return tensors;
}

}  // namespace nibble::test
