// The keys of a GGUF file that describe its vocabulary.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "offline/formats/gguf/gguf_file.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {

inline constexpr const char* kGgufTokenizerPrefix = "tokenizer.ggml.";
inline constexpr const char* kGgufChatTemplate = "tokenizer.chat_template";

/// Every function throws InputError, with the key, for what is missing, malformed or of another
/// length than the list of tokens.
class TokenizerKeys {
 public:
  /// Both arguments outlive this.
  TokenizerKeys(const GgufFile& file, const std::string& where) : file_(file), where_(where) {}

  JsonValue operator[](const std::string& key) const { return file_.metadata[full(key)]; }
  bool has_array(const std::string& key) const { return file_.arrays.contains(full(key)); }
  std::vector<std::string_view> strings(const std::string& key) const {
    return file_.strings(full(key));
  }
  std::vector<float> scores(size_t tokens) const;
  std::vector<format::PieceType> types(size_t tokens) const;
  /// Where an element is, for messages: "model.gguf: /tokenizer.ggml.tokens/17".
  std::string place(const std::string& key) const { return where_ + ": /" + full(key); }
  std::string place(const std::string& key, size_t i) const {
    return place(key) + "/" + std::to_string(i);
  }
  /// A token's id, or `otherwise` where the file does not say and there is such a token.
  uint32_t token_or(const std::string& key, uint32_t otherwise, size_t tokens) const;

 private:
  static std::string full(const std::string& key) { return kGgufTokenizerPrefix + key; }
  void check_count(const std::string& key, size_t count, size_t tokens) const;

  const GgufFile& file_;
  const std::string& where_;
};

/// The two kinds of vocabularies; end tokens, unused rows and a last check are the caller's.
Vocabulary read_gguf_sentencepiece(const TokenizerKeys& keys, const std::string& where);
Vocabulary read_gguf_byte_level(const TokenizerKeys& keys, const std::string& where);

}  // namespace nibble::offline
