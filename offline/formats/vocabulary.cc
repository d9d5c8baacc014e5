// What every vocabulary must satisfy, whichever file it came from.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/vocabulary.h"

#include <array>
#include <unordered_map>

#include "offline/files/input_error.h"
#include "runtime/core/utf8.h"
#include "runtime/tokenizer/characters.h"

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
void check_matchable(const Piece& piece, bool is_byte_level, const std::string& where) {
  if (piece.text.empty()) throw InputError(where, "is an empty piece");
  if (!is_byte_level && !is_well_formed(piece.text))
    throw InputError(where, "is a piece that is not valid UTF-8");
}

/// Throws for an added token that the runtime would not take.
void check_added(const Piece& piece, const std::string& where) {
  if (piece.text.size() > format::kMaxAddedTokenBytes) {
    throw InputError(where, "is an added token of more than " +
                                std::to_string(format::kMaxAddedTokenBytes) + " bytes");
  }
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

/// The 256 bytes as characters that can be printed: those that can stand for themselves, the others
/// follow one another from U+0100 on (GPT-2). @returns -1 for another character
int byte_of_character(uint32_t character) {
  const auto stands_for_itself = [](uint32_t byte) {
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte <= 0xAC) || byte >= 0xAE;
  };
  if (character < 256) return stands_for_itself(character) ? static_cast<int>(character) : -1;
  uint32_t next = 0x100;
  for (uint32_t byte = 0; byte < 256; ++byte) {
    if (!stands_for_itself(byte) && next++ == character) return static_cast<int>(byte);
  }
  return -1;
}

/// The inverse, in UTF-8: all of them are below U+0144.
std::array<std::string, 256> characters_of_bytes() {
  constexpr uint32_t kCharacters = 0x144;
  std::array<std::string, 256> characters;
  for (uint32_t character = 0; character < kCharacters; ++character) {
    const int byte = byte_of_character(character);
    if (byte < 0) continue;
    std::string& text = characters[static_cast<size_t>(byte)];
    if (character >= 0x80) text += static_cast<char>(0xC0 | character >> 6);
    text += static_cast<char>(character < 0x80 ? character : 0x80 | (character & 0x3F));
  }
  return characters;
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

std::optional<std::string> bytes_of_piece(std::string_view written) {
  std::string bytes;
  while (!written.empty()) {
    const Utf8Prefix prefix = utf8_prefix({written.data(), written.size()});
    if (prefix.kind != Utf8::Whole) return {};
    const int byte = byte_of_character(code_point({written.data(), prefix.bytes}));
    if (byte < 0) return {};
    bytes += static_cast<char>(byte);
    written.remove_prefix(prefix.bytes);
  }
  return bytes;
}

std::string written_bytes(std::string_view bytes) {
  static const std::array<std::string, 256> kCharacters = characters_of_bytes();
  std::string written;
  for (const char byte : bytes) written += kCharacters[static_cast<uint8_t>(byte)];
  return written;
}

void check_vocabulary(const Vocabulary& vocabulary, const std::string& where) {
  if (vocabulary.pieces.empty() || vocabulary.pieces.size() > format::kMaxVocabulary) {
    throw InputError(where, "has " + std::to_string(vocabulary.pieces.size()) + " pieces; 1 to " +
                                std::to_string(format::kMaxVocabulary) + " are supported");
  }
  const bool is_byte_level = vocabulary.kind == format::TokenizerKind::ByteLevelBpe;
  std::unordered_map<std::string_view, uint32_t> token_of, added_of;
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    const Piece& piece = vocabulary.pieces[token];
    const std::string piece_where = where + ": piece " + std::to_string(token);
    if (piece.text.size() > format::kMaxPieceBytes) {
      throw InputError(piece_where,
                       "is longer than " + std::to_string(format::kMaxPieceBytes) + " bytes");
    }
    if (is_addable(piece.type)) check_added(piece, piece_where);
    const bool is_matched = is_matchable(piece.type);
    if (!is_matched && piece.type != PieceType::UserDefined) continue;
    check_matchable(piece, is_byte_level, piece_where);
    const auto [known, is_new] = (is_matched ? token_of : added_of).emplace(piece.text, token);
    if (!is_new) {
      throw InputError(piece_where, "has the same text as piece " + std::to_string(known->second));
    }
  }
  check_bytes(vocabulary, where);
  if (!is_byte_level && (vocabulary.flags & format::kByteFallback) == 0 &&
      vocabulary.unknown == format::kNoToken) {
    throw InputError(where, "has neither byte fallback nor a piece for unknown text");
  }
}

}  // namespace nibble::offline
