// SentencePiece BPE by its definition, slow and plain: the oracle for token ids and their text.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace nibble::test {

/// Reads a tokenizer.model file; shares no code with the tokenizer under test.
class ReferenceTokenizer {
 public:
  explicit ReferenceTokenizer(const std::filesystem::path& tokenizer_model);

  /// Ids of `text`, with a space put before it, without begin-of-text.
  std::vector<uint32_t> encode(const std::string& text) const;
  /// The text of ids, without the space that encode() puts in front; control tokens are silent.
  std::string decode(const std::vector<uint32_t>& ids) const;

 private:
  struct Piece {
    std::string text;  ///< a space, not U+2581
    float score = 0;
    uint64_t type = 1;  ///< SentencePiece's: 1 normal, 2 unknown, 3 control, 4 user, 6 byte
  };
  static Piece read_piece(const std::string& message);
  void encode_word(const std::string& word, std::vector<uint32_t>& ids) const;

  std::vector<Piece> pieces_;
  std::map<std::string, uint32_t> by_text_;  ///< pieces that text can reach
  uint32_t byte_ids_[256] = {};
};

}  // namespace nibble::test
