// A folder that is ready to be uploaded to a hub.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>

#include "offline/publish/publication.h"

namespace nibble::offline {

/// Writes the blob, README.md, config.json, quantization.json, validation.json, the plots and
/// SHA256SUMS: all of them or nothing. Throws OutputError, InputError.
/// @pre publication.blob
void write_bundle(const Publication& publication, const std::filesystem::path& folder);

/// The cards of all variants, README.md that lists them, and the plots. Throws as above.
/// @param cards  one per variant, in the order of variants_of()
void write_cards(const std::vector<Publication>& cards, const std::filesystem::path& folder);

}  // namespace nibble::offline
