// Every way of storing weights with every cache type; and the names that others have for some.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/pack_variants.h"

#include <algorithm>

#include "offline/cli/command.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

struct WeightsName {
  const char* name;
  const char* weights;
  uint32_t group;
  bool asymmetric;
};

constexpr WeightsName kWeights[] = {
    {"f16", "f16", 128, false},
    {"int8", "int8", 128, false},
    {"int8-g32", "int8", 32, false},
    {"int4", "int4", 128, false},
    {"int4-g64", "int4", 64, false},
    {"int4-g32", "int4", 32, false},
    {"int4-zero", "int4", 128, true},
    {"int4-zero-g32", "int4", 32, true},
    {"mixed", "mixed", 128, false},
    {"mixed-g32", "mixed", 32, false},
    {"mixed-zero-g32", "mixed", 32, true},
};

struct CacheName {
  const char* suffix;
  const char* kv;
};

constexpr CacheName kCaches[] = {
    {"", "f16"}, {"-kv8", "int8"}, {"-kv-hybrid", "hybrid"}, {"-kv4", "int4"}};

/// What others call a variant, or what is nearest to it here.
struct Alias {
  const char* name;
  const char* variant;
};

constexpr Alias kAliases[] = {
    {"q8_0", "int8-g32"},         {"q4_0", "int4-g32"},
    {"q4_K_M", "mixed-zero-g32"}, {"q4_K_S", "int4-zero-g32"},
    {"q4_KV", "int4-g32-kv4"},    {"q8_0-kv-hybrid", "int8-g32-kv-hybrid"},
};

std::vector<PackVariant> make_variants() {
  std::vector<PackVariant> variants;
  for (const WeightsName& weights : kWeights) {
    for (const CacheName& cache : kCaches) {
      PackVariant variant;
      variant.name = std::string(weights.name) + cache.suffix;
      variant.schemes.weights = weights.weights;
      variant.schemes.group = weights.group;
      variant.schemes.asymmetric = weights.asymmetric;
      variant.kv = cache.kv;
      variants.push_back(variant);
    }
  }
  return variants;
}

}  // namespace

std::string PackVariant::options_text() const {
  const SchemeOptions unsaid;
  std::string text = "--weights " + schemes.weights;
  if (schemes.group != unsaid.group) text += " --group " + std::to_string(schemes.group);
  if (schemes.asymmetric) text += " --asymmetric";
  return kv == "f16" ? text : text + " --kv " + kv;
}

PackOptions PackVariant::pack_options() const {
  const Schemes parsed = parse_schemes(schemes);
  PackOptions options;
  options.weights = parsed.weights;
  options.roles = parsed.roles;
  options.sessions.kv = parse_kv_type(kv);
  options.budget_bytes.reset();  // who tunes wants to see what a variant takes
  return options;
}

const std::vector<PackVariant>& pack_variants() {
  static const std::vector<PackVariant> variants = make_variants();
  return variants;
}

const PackVariant& find_variant(const std::string& name) {
  const auto alias = std::ranges::find(kAliases, name, &Alias::name);
  const std::string wanted = alias == std::end(kAliases) ? name : alias->variant;
  const auto found = std::ranges::find(pack_variants(), wanted, &PackVariant::name);
  if (found != pack_variants().end()) return *found;
  const bool is_narrow = name.starts_with("q2") || name.starts_with("q3");
  throw UsageError("--variants '" + name + "': " +
                   (is_narrow ? "weights have four bits at least" : "there is no such variant") +
                   "; nibble tune --list-variants prints those there are");
}

std::string variant_list() {
  TextTable variants({{"variant"}, {"options of nibble pack"}});
  for (const PackVariant& variant : pack_variants()) {
    variants.add_row({variant.name, variant.options_text()});
  }
  TextTable aliases({{"alias"}, {"variant"}, {"options of nibble pack"}});
  for (const Alias& alias : kAliases) {
    aliases.add_row({alias.name, alias.variant, find_variant(alias.variant).options_text()});
  }
  return variants.text() + "\n" + aliases.text();
}

}  // namespace nibble::offline
