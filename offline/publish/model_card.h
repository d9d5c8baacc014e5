// A card as hubs show it, and the page that lists all cards.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/publish/document.h"
#include "offline/publish/publication.h"

namespace nibble::offline {

/// Titles of the lines of a card that the check of a bundle looks at.
inline constexpr const char* kIdentityTitle = "Blob identity";
inline constexpr const char* kBlobSumTitle = "Blob SHA-256";

/// Without the front matter. Every figure is one of the results, or of the blob's own manifest.
Document model_card(const Publication& publication);

/// Front matter and card.
std::string card_text(const Publication& publication);

/// @param cards  file names of the cards, in the order of the variants
Document index_page(const CellGroup& group, const std::vector<std::string>& cards);

}  // namespace nibble::offline
