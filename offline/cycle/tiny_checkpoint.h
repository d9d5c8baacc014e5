// A tiny model for dry runs, made where it is needed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>

namespace nibble::offline {

/// Writes a checkpoint of llama2.c with pseudo-random weights, and its vocabulary, into a folder.
/// @returns the checkpoint. Throws OutputError.
std::filesystem::path write_tiny_checkpoint(const std::filesystem::path& folder);

}  // namespace nibble::offline
