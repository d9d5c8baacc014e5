// Parses option values.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/option_values.h"

#include <nibble/cpu.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "offline/cli/command.h"
#include "offline/report/names.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::Role;
using format::TensorType;

/// The number at the start of `text`, which loses it; nothing when there is none.
std::optional<uint64_t> take_number(std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.erase(0, static_cast<size_t>(end - text.data()));
  return number;
}

struct ByteUnit {
  const char* name;
  uint64_t bytes;
};
constexpr std::array kByteUnits = {
    ByteUnit{"", 1},          ByteUnit{"B", 1},          ByteUnit{"kB", 1'000},
    ByteUnit{"KB", 1'000},    ByteUnit{"MB", 1'000'000}, ByteUnit{"GB", 1'000'000'000},
    ByteUnit{"KiB", 1 << 10}, ByteUnit{"MiB", 1 << 20},  ByteUnit{"GiB", 1 << 30}};

/// "100MB"; nothing for what is no number of bytes.
std::optional<uint64_t> bytes_of(const std::string& text) {
  std::string unit = text;
  const std::optional<uint64_t> number = take_number(unit);
  const auto found =
      std::ranges::find(kByteUnits, unit, [](const ByteUnit& u) { return std::string(u.name); });
  uint64_t bytes = 0;
  if (!number || found == kByteUnits.end() ||
      __builtin_mul_overflow(*number, found->bytes, &bytes)) {
    return std::nullopt;
  }
  return bytes;
}

/// @param option  names the option and its value in messages: "--role 'ffn=int3'"
Scheme scheme_of(const std::string& option, const std::string& text, const SchemeOptions& options) {
  const size_t colon = text.find(':');
  const std::string type = text.substr(0, colon);
  if (type == "f16" && colon == std::string::npos) return {TensorType::F16, 0};
  uint64_t group = options.group;
  if (colon != std::string::npos) {
    std::string digits = text.substr(colon + 1);
    group = take_number(digits).value_or(0);
    if (!digits.empty()) group = 0;
  }
  const bool is_int4 = type == "int4";
  if ((!is_int4 && type != "int8") || !format::is_group(group)) {
    throw UsageError(option + ": weights are stored as f16, or as int4 or int8 with a group of " +
                     "32, 64 or 128, as in int4:32");
  }
  const TensorType int4 = options.asymmetric ? TensorType::Int4Zero : TensorType::Int4;
  return {is_int4 ? int4 : TensorType::Int8, static_cast<uint32_t>(group)};
}

struct RoleName {
  const char* name;
  std::vector<Role> roles;
};

const std::vector<RoleName>& role_names() {
  static const std::vector<RoleName> names = {
      {"attention", {Role::Query, Role::Key, Role::Value, Role::AttentionOutput}},
      {"ffn", {Role::FfnGate, Role::FfnUp, Role::FfnDown}},
      {"embedding", {Role::Embedding}},
      {"head", {Role::Head}},
      {"q", {Role::Query}},
      {"k", {Role::Key}},
      {"v", {Role::Value}},
      {"o", {Role::AttentionOutput}},
      {"gate", {Role::FfnGate}},
      {"up", {Role::FfnUp}},
      {"down", {Role::FfnDown}},
  };
  return names;
}

/// "attention=int8" into `roles`.
void add_role(const std::string& text, const SchemeOptions& options,
              std::map<Role, Scheme>& roles) {
  const size_t equals = text.find('=');
  const std::string name = text.substr(0, equals);
  const auto found = std::ranges::find(role_names(), name, &RoleName::name);
  if (equals == std::string::npos || found == role_names().end()) {
    std::string known;
    for (const RoleName& role : role_names()) known += std::string(" ") + role.name;
    throw UsageError("--role '" + text + "': give NAME=TYPE, NAME one of" + known);
  }
  const Scheme scheme = scheme_of("--role '" + text + "'", text.substr(equals + 1), options);
  for (const Role role : found->roles) roles[role] = scheme;
}

/// Of a decimal number with at most three places.
std::optional<uint32_t> thousandths(std::string text) {
  const std::optional<uint64_t> whole = take_number(text);
  if (!whole || *whole > 1'000'000) return std::nullopt;
  const uint32_t milli = static_cast<uint32_t>(*whole * 1000);
  if (text.empty()) return milli;
  std::string places = text.substr(1);
  const bool is_valid =
      text[0] == '.' && !places.empty() && places.size() <= 3 &&
      std::ranges::all_of(places, [](char digit) { return digit >= '0' && digit <= '9'; });
  if (!is_valid) return std::nullopt;
  places.resize(3, '0');
  return milli + static_cast<uint32_t>(take_number(places).value_or(0));
}

/// "0.1" of 100 thousandths.
std::string decimal_text(uint32_t milli) {
  std::string places = std::to_string(1000 + milli % 1000).substr(1);
  places.erase(places.find_last_not_of('0') + 1);
  return std::to_string(milli / 1000) + (places.empty() ? "" : ".") + places;
}

}  // namespace

CLI::Validator whole_number(uint64_t smallest, uint64_t largest) {
  const bool has_end = largest != std::numeric_limits<uint64_t>::max();
  const std::string end = has_end ? std::to_string(largest) : "";
  const std::string range = has_end ? "from " + std::to_string(smallest) + " to " + end
                                    : std::to_string(smallest) + " or more";
  const auto check = [=](const std::string& text) {
    std::string rest = text;
    const std::optional<uint64_t> number = take_number(rest);
    const bool is_valid = number && rest.empty() && *number >= smallest && *number <= largest;
    return is_valid ? "" : "'" + text + "' is no whole number " + range;
  };
  return {check, "[" + std::to_string(smallest) + (has_end ? " - " + end : " or more") + "]"};
}

CLI::Validator percent() {
  const auto strip = [](std::string& text) {
    if (text.ends_with('%')) text.pop_back();
    return std::string();
  };
  return {strip, ""};
}

uint64_t parse_bytes(const std::string& option, const std::string& text) {
  if (const auto bytes = bytes_of(text)) return *bytes;
  throw UsageError(option + " '" + text + "': give bytes, as in 3MB, 64MiB or 4096");
}

std::optional<uint64_t> parse_budget(const std::string& text) {
  if (text == "none") return std::nullopt;
  if (const auto bytes = bytes_of(text)) return bytes;
  throw UsageError("--budget '" + text + "': give bytes, as in 100MB, 64MiB or 4096, or none");
}

std::string byte_count_text(uint64_t bytes) {
  const ByteUnit* best = kByteUnits.begin();
  for (const ByteUnit& unit : kByteUnits) {
    if (bytes != 0 && bytes % unit.bytes == 0 && unit.bytes > best->bytes) best = &unit;
  }
  return std::to_string(bytes / best->bytes) + best->name;
}

Schemes parse_schemes(const SchemeOptions& options) {
  if (!format::is_group(options.group)) {
    throw UsageError("--group " + std::to_string(options.group) + ": give 32, 64 or 128");
  }
  Schemes schemes;
  const bool is_mixed = options.weights == "mixed";
  const std::string option = "--weights '" + options.weights + "'";
  const bool is_auto = options.weights == "auto";
  const SchemeOptions unsaid;
  schemes.keeps_stored =
      is_auto && options.group == unsaid.group && options.asymmetric == unsaid.asymmetric;
  schemes.weights = scheme_of(option, is_mixed || is_auto ? "int4" : options.weights, options);
  if (is_mixed) {
    for (const char* role : {"attention=int8", "ffn=int4", "embedding=int8", "head=int8"}) {
      add_role(role, options, schemes.roles);
    }
  }
  for (const std::string& role : options.roles) add_role(role, options, schemes.roles);
  return schemes;
}

std::vector<std::string> kv_type_names() {
  std::vector<std::string> names;
  names.reserve(static_cast<size_t>(format::KvType::Count));
  for (uint32_t type = 0; type < static_cast<uint32_t>(format::KvType::Count); ++type)
    names.emplace_back(name_of(static_cast<format::KvType>(type)));
  return names;
}

format::KvType parse_kv_type(const std::string& name) {
  std::string known;
  for (uint32_t type = 0; type < static_cast<uint32_t>(format::KvType::Count); ++type) {
    const char* const candidate = name_of(static_cast<format::KvType>(type));
    if (name == candidate) return static_cast<format::KvType>(type);
    known += std::string(" ") + candidate;
  }
  throw UsageError("--kv '" + name + "': there are:" + known);
}

const Kernels* parse_kernels(const std::string& name) {
  if (name == "auto") return nullptr;
  const uint64_t features = cpu_features();
  const Kernels* const kernels = kernels_named({name.data(), name.size()});
  if (kernels != nullptr && runs_on(*kernels, features)) return kernels;
  std::string usable;
  for (const Kernels* const set : compiled_kernels()) {
    if (runs_on(*set, features)) usable += std::string(" ") + kernels_name(*set);
  }
  throw UsageError("--isa " + name + ": " +
                   (kernels == nullptr ? "is not in this build" : "this CPU lacks what it needs") +
                   "; usable here: auto" + usable);
}

uint32_t parse_milli(const std::string& option, const std::string& text, const MilliRange& range) {
  const std::optional<uint32_t> milli = thousandths(text);
  if (!milli || !range.holds(*milli)) {
    throw UsageError(option + " '" + text + "': give a number from " + decimal_text(range.least) +
                     " to " + decimal_text(range.most) + " with at most three decimal places");
  }
  return *milli;
}

}  // namespace nibble::offline
