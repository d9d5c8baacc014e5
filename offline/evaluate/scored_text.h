// A text as all models that are scored on it read it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "offline/evaluate/windows.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {

struct ScoredText {
  std::vector<Token> tokens;
  std::string sha256;
};

/// Throws InputError where models tokenize the text differently, and where it has less tokens than
/// a window. @pre at least one model
ScoredText read_scored_text(const std::filesystem::path& path,
                            std::span<const LoadedModel* const> models,
                            const ScoreProtocol& protocol);

}  // namespace nibble::offline
