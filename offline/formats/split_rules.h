// The ways to split text into words that publishers name or spell out, as steps of the runtime.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/format/blob.h"

namespace nibble::offline {

using SplitSteps = std::vector<format::SplitStep>;

/// The step of a regular expression of tokenizer.json, which is compared as a text; nothing for one
/// that is not known.
std::optional<format::SplitStep> step_of_pattern(std::string pattern);

/// How GGUF files name a way to split, in tokenizer.ggml.pre.
struct NamedSplit {
  SplitSteps steps;
  bool ignores_merges = false;
};
/// @returns nothing for a name that is not known
std::optional<NamedSplit> split_named(std::string_view name);
/// The first of a split's names; nothing for one without a name.
std::optional<std::string_view> name_of_split(const NamedSplit& split);

}  // namespace nibble::offline
