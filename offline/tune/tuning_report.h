// A page of Markdown about how a model was quantized, and its plot.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <string>

#include "offline/tune/variant.h"

namespace nibble::offline {

/// Writes the page, and the plot of loss against bits per weight beside it under the same name with
/// the ending .svg: a table of all variants, and one of every matrix of the chosen one, or of the
/// one that lost least.
/// @param trials  at least one variant, all judged
/// Throws OutputError.
void write_tuning_report(const std::filesystem::path& path, const std::string& model_name,
                         const Trials& trials, const Validation& validation,
                         double max_loss_percent);

}  // namespace nibble::offline
