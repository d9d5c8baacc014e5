// The registry of quantization methods.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/quantizer.h"

#include <stdexcept>

// One line per method: its name, and the function that makes it, which a file of its own defines.
#define NIBBLE_QUANTIZERS(QUANTIZER)      \
  QUANTIZER("rtn", make_round_to_nearest) \
  QUANTIZER("search", make_scale_search)  \
  QUANTIZER("clip", make_clip_search)     \
  QUANTIZER("gptq", make_gptq)

namespace nibble::offline {

#define NIBBLE_DECLARE(name, make) std::unique_ptr<Quantizer> make();
NIBBLE_QUANTIZERS(NIBBLE_DECLARE)
#undef NIBBLE_DECLARE

namespace {

struct Method {
  std::string_view name;
  std::unique_ptr<Quantizer> (*make)();
};

#define NIBBLE_METHOD(name, make) {name, make},
constexpr Method kMethods[] = {NIBBLE_QUANTIZERS(NIBBLE_METHOD)};
#undef NIBBLE_METHOD

}  // namespace

std::vector<std::string> quantizer_names() {
  std::vector<std::string> names;
  for (const Method& method : kMethods) names.emplace_back(method.name);
  return names;
}

std::unique_ptr<Quantizer> make_quantizer(std::string_view name) {
  for (const Method& method : kMethods) {
    if (method.name == name) return method.make();
  }
  throw std::invalid_argument("make_quantizer: no quantizer is named " + std::string(name));
}

}  // namespace nibble::offline
