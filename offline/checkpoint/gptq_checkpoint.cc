// Sorts a network's tensors into codes and halves.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/checkpoint/gptq_checkpoint.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <nlohmann/json.hpp>

#include "offline/checkpoint/gptq_layout.h"
#include "offline/checkpoint/safetensors_writer.h"
#include "offline/files/half.h"
#include "offline/files/input_error.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::Role;
using format::TensorType;

constexpr std::string_view kWeightSuffix = ".weight";

/// Whether a tensor becomes a module of codes.
bool is_module(const TensorPlan& plan) {
  return format::is_matrix(plan.scheme.type) && plan.scheme.type != TensorType::F16 &&
         plan.role != Role::Embedding && plan.role != Role::Head &&
         plan.name.ends_with(kWeightSuffix);
}

std::string module_name(const TensorPlan& plan) {
  return plan.name.substr(0, plan.name.size() - kWeightSuffix.size());
}

/// As a regular expression that matches the name alone.
std::string escaped(const std::string& name) {
  std::string expression;
  for (const char byte : name) {
    if (byte == '.') expression += '\\';
    expression += byte;
  }
  return expression;
}

GptqFormat format_of(const Network& network) {
  const bool has_zeros = std::ranges::any_of(network.tensors, [](const TensorPlan& plan) {
    return is_module(plan) && plan.scheme.type == TensorType::Int4Zero;
  });
  return has_zeros ? GptqFormat::Gptq2 : GptqFormat::Gptq;
}

uint32_t bits_of(const Scheme& scheme) {
  return scheme.type == TensorType::Int8 ? 8 : 4;
}

/// The scheme of most weights; the first among equals.
Scheme most_used_scheme(const Network& network) {
  std::vector<std::pair<Scheme, uint64_t>> weights;
  for (const TensorPlan& plan : network.tensors) {
    if (!is_module(plan)) continue;
    auto found = std::ranges::find(weights, plan.scheme, &std::pair<Scheme, uint64_t>::first);
    if (found == weights.end()) found = weights.insert(weights.end(), {plan.scheme, 0});
    found->second += uint64_t{plan.rows} * plan.columns;
  }
  if (weights.empty()) return {};
  return std::ranges::max_element(weights, {}, &std::pair<Scheme, uint64_t>::second)->first;
}

template <class T>
std::vector<uint8_t> bytes_of(const std::vector<T>& values) {
  std::vector<uint8_t> bytes(values.size() * sizeof(T));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

/// Made anew for each of its four tensors: packing is cheaper than keeping.
GptqModule make_module(const TensorPlan& plan, GptqFormat format) {
  return gptq_module(plan.source->read_stored(0, plan.rows), format);
}

void add_module(const TensorPlan& plan, GptqFormat format, std::vector<StoredTensor>& tensors) {
  const uint64_t per_word = 32 / bits_of(plan.scheme);
  const uint64_t groups = (plan.columns + plan.scheme.group - 1) / plan.scheme.group;
  const auto words = [per_word](uint64_t fields) { return (fields + per_word - 1) / per_word; };
  const std::string name = module_name(plan);
  const auto add = [&](const char* suffix, const char* dtype, std::vector<uint64_t> shape,
                       auto member) {
    tensors.push_back({name + suffix, dtype, std::move(shape), [&plan, format, member] {
                         return bytes_of(make_module(plan, format).*member);
                       }});
  };
  add(".qweight", "I32", {words(plan.columns), plan.rows}, &GptqModule::qweight);
  add(".qzeros", "I32", {groups, words(plan.rows)}, &GptqModule::qzeros);
  add(".scales", "F16", {groups, plan.rows}, &GptqModule::scales);
  add(".g_idx", "I32", {plan.columns}, &GptqModule::g_idx);
}

std::vector<uint8_t> halves_of(const TensorPlan& plan) {
  std::vector<float> values(size_t{plan.rows} * plan.columns);
  plan.source->read_rows(0, values);
  std::vector<uint16_t> halves;
  halves.reserve(values.size());
  for (const float value : values) {
    halves.push_back(half_from_float(value));
    if (std::isfinite(float_from_half(halves.back()))) continue;
    throw InputError("tensor " + plan.name, "has " + std::to_string(value) +
                                                ", which no half holds; leave --artifacts out");
  }
  return bytes_of(halves);
}

std::vector<uint64_t> shape_of(const TensorPlan& plan) {
  if (plan.scheme.type == TensorType::F32Vector) return {plan.columns};
  return {plan.rows, plan.columns};
}

}  // namespace

nlohmann::ordered_json gptq_settings(const Network& network, const std::string& tool) {
  const Scheme most = most_used_scheme(network);
  nlohmann::ordered_json dynamic = nlohmann::ordered_json::object();
  bool is_symmetric = true;
  for (const TensorPlan& plan : network.tensors) {
    if (!is_module(plan)) continue;
    is_symmetric = is_symmetric && plan.scheme.type != TensorType::Int4Zero;
    if (plan.scheme == most) continue;
    dynamic["+:^" + escaped(module_name(plan)) + "$"] = {{"bits", bits_of(plan.scheme)},
                                                         {"group_size", plan.scheme.group}};
  }
  return {{"quant_method", "gptq"},   {"bits", bits_of(most)},
          {"group_size", most.group}, {"desc_act", false},
          {"sym", is_symmetric},      {"checkpoint_format", gptq_format_name(format_of(network))},
          {"lm_head", false},         {"pack_dtype", "int32"},
          {"dynamic", dynamic},       {"meta", {{"quantizer", {tool}}}}};
}

void write_gptq_tensors(const Network& network, const std::filesystem::path& path) {
  const GptqFormat format = format_of(network);
  std::vector<StoredTensor> tensors;
  for (const TensorPlan& plan : network.tensors) {
    if (plan.scheme.type == TensorType::U64Vector) continue;  // computed from config.json
    if (is_module(plan)) {
      add_module(plan, format, tensors);
    } else {
      tensors.push_back({plan.name, "F16", shape_of(plan), [&plan] { return halves_of(plan); }});
    }
  }
  write_safetensors(path, tensors, {{"format", "pt"}});
}

}  // namespace nibble::offline
