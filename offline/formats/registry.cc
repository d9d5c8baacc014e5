// The list of source formats: the one place that a new one is added to.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/registry.h"

#include <algorithm>
#include <span>

#include "offline/formats/unreadable.h"

// One entry per format: the function that describes it, which the format's own file defines.
#define NIBBLE_FORMATS(FORMAT) FORMAT(huggingface_format) FORMAT(gguf_format) FORMAT(llama2c_format)

namespace nibble::offline {

#define NIBBLE_DECLARE(describe) SourceFormat describe();
NIBBLE_FORMATS(NIBBLE_DECLARE)
#undef NIBBLE_DECLARE

namespace {

std::span<const SourceFormat> formats() {
#define NIBBLE_DESCRIBE(describe) describe(),
  static const SourceFormat kFormats[] = {NIBBLE_FORMATS(NIBBLE_DESCRIBE)};
#undef NIBBLE_DESCRIBE
  return kFormats;
}

}  // namespace

bool is_model(const std::filesystem::path& path) {
  return std::ranges::any_of(formats(),
                             [&](const SourceFormat& format) { return format.recognizes(path); });
}

SourceModel read_model(const std::filesystem::path& path) {
  for (const SourceFormat& format : formats()) {
    if (format.recognizes(path)) return format.read(path);
  }
  refuse_unreadable(path);
}

}  // namespace nibble::offline
