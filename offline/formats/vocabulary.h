// A model folder's vocabulary: pieces, merge ranks and special tokens, in the runtime's terms.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "offline/formats/source_model.h"

namespace nibble::offline {

/// Of a piece as publishers write it: a space takes three bytes there.
inline constexpr size_t kMaxWrittenPieceBytes = 3 * size_t{format::kMaxPieceBytes};

/// Reads tokenizer.model, or else tokenizer.json, and the special tokens of tokenizer_config.json,
/// generation_config.json and config.json. Embedding rows beyond the pieces become Unused pieces.
/// @param vocab_size  rows of the embedding
/// Throws InputError: neither file there, anything malformed or unsupported, more pieces than rows.
Vocabulary read_vocabulary(const std::filesystem::path& folder, uint32_t vocab_size);

/// The text of a piece as publishers write it: U+2581 becomes a space.
std::string text_of_piece(std::string_view written);

/// The byte that a piece written <0xNN> stands for, upper-case digits only; nothing otherwise.
std::optional<uint8_t> byte_of_piece(std::string_view written);

/// What the runtime's verifier will insist on, with messages for people: matchable pieces are
/// distinct, well-formed UTF-8 and not longer than kMaxPieceBytes; a byte has one piece; text that
/// no piece matches has a fallback. Throws InputError.
void check_vocabulary(const Vocabulary& vocabulary, const std::string& where);

}  // namespace nibble::offline
