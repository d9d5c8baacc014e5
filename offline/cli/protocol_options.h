// The options that say how a text is cut into windows, and what the blobs' contexts make of them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <vector>

#include "offline/evaluate/windows.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {

/// Adds --window, --stride, --windows and --bos.
void add_protocol_options(CLI::App& command, ScoreProtocol& protocol);

/// Fills in what was left to the models. Throws UsageError or InputError where one cannot follow
/// it.
ScoreProtocol resolve_protocol(const ScoreProtocol& asked,
                               const std::vector<std::unique_ptr<LoadedModel>>& models);

}  // namespace nibble::offline
