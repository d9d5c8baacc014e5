// What every vocabulary must satisfy, whichever file it came from.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/vocabulary.h"

#include <unordered_map>

#include "offline/files/input_error.h"
#include "runtime/core/utf8.h"
#include "runtime/tokenizer/tables.h"

namespace nibble::offline {
namespace {

using format::PieceType;

constexpr std::string_view kSpaceMark = "\xE2\x96\x81";

bool is_well_formed(std::string_view text) {
  while (!text.empty()) {
    const Utf8Prefix prefix = utf8_prefix({text.data(), text.size()});
    if (prefix.kind != Utf8::Whole) return false;
    text.remove_prefix(prefix.bytes);
  }
  return true;
}

/// Throws for a piece that could not be matched, or not unambiguously.
void check_matchable(const Piece& piece, const std::string& where) {
  if (piece.text.empty()) throw InputError(where, "is an empty piece");
  if (!is_well_formed(piece.text)) throw InputError(where, "is a piece that is not valid UTF-8");
}

void check_bytes(const Vocabulary& vocabulary, const std::string& where) {
  uint32_t token_of[256];
  std::fill(std::begin(token_of), std::end(token_of), format::kNoToken);
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    if (vocabulary.pieces[token].type != PieceType::Byte) continue;
    uint32_t& known = token_of[static_cast<uint8_t>(vocabulary.pieces[token].text.at(0))];
    if (known != format::kNoToken) {
      throw InputError(where + ": piece " + std::to_string(token),
                       "stands for the same byte as piece " + std::to_string(known));
    }
    known = token;
  }
  if ((vocabulary.flags & format::kByteFallback) == 0) return;
  for (int byte = 0; byte < 256; ++byte) {
    if (token_of[byte] != format::kNoToken) continue;
    throw InputError(where, "has byte fallback but no piece for byte " + std::to_string(byte));
  }
}

}  // namespace

std::string text_of_piece(std::string_view written) {
  std::string text;
  while (!written.empty()) {
    const bool is_mark = written.starts_with(kSpaceMark);
    text += is_mark ? ' ' : written.front();
    written.remove_prefix(is_mark ? kSpaceMark.size() : 1);
  }
  return text;
}

std::string written_piece(std::string_view text) {
  std::string written;
  for (const char byte : text) {
    if (byte == ' ') {
      written += kSpaceMark;
    } else {
      written += byte;
    }
  }
  return written;
}

std::optional<uint8_t> byte_of_piece(std::string_view written) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  if (written.size() != 6 || !written.starts_with("<0x") || written[5] != '>') return {};
  const size_t high = kDigits.find(written[3]), low = kDigits.find(written[4]);
  if (high == std::string_view::npos || low == std::string_view::npos) return {};
  return static_cast<uint8_t>(high * 16 + low);
}

void check_vocabulary(const Vocabulary& vocabulary, const std::string& where) {
  if (vocabulary.pieces.empty() || vocabulary.pieces.size() > format::kMaxVocabulary) {
    throw InputError(where, "has " + std::to_string(vocabulary.pieces.size()) + " pieces; 1 to " +
                                std::to_string(format::kMaxVocabulary) + " are supported");
  }
  std::unordered_map<std::string_view, uint32_t> token_of;
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    const Piece& piece = vocabulary.pieces[token];
    const std::string piece_where = where + ": piece " + std::to_string(token);
    if (piece.text.size() > format::kMaxPieceBytes) {
      throw InputError(piece_where,
                       "is longer than " + std::to_string(format::kMaxPieceBytes) + " bytes");
    }
    if (!is_matchable(piece.type)) continue;
    check_matchable(piece, piece_where);
    const auto [known, is_new] = token_of.emplace(piece.text, token);
    if (!is_new) {
      throw InputError(piece_where, "has the same text as piece " + std::to_string(known->second));
    }
  }
  check_bytes(vocabulary, where);
  if ((vocabulary.flags & format::kByteFallback) == 0 && vocabulary.unknown == format::kNoToken) {
    throw InputError(where, "has neither byte fallback nor a piece for unknown text");
  }
}

}  // namespace nibble::offline
