// The formats that models are read from, each recognized by what it looks like.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>

#include "offline/formats/source_model.h"

namespace nibble::offline {

/// One way to ship a model.
struct SourceFormat {
  /// Whether a reader should try: a look at names and first bytes. Throws nothing.
  bool (*recognizes)(const std::filesystem::path& path);
  /// Throws InputError, naming file, place and remedy.
  SourceModel (*read)(const std::filesystem::path& path);
};

/// Whether any format recognizes it. Throws nothing.
bool is_model(const std::filesystem::path& path);

/// Reads a model in the first format that recognizes it. Throws InputError; for what no format
/// recognizes, it says what that looks like and what to give instead.
SourceModel read_model(const std::filesystem::path& path);

}  // namespace nibble::offline
