// A sound GGUF file of a tiny Llama, whose keys and tensors can be replaced one by one.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <map>

#include "tests/offline/formats/gguf/gguf_bytes.h"

namespace nibble::test {

/// Token texts of a small vocabulary, all kinds of types in it.
struct GgufTokens {
  std::vector<std::string> texts = {"<unk>", "<s>", "</s>"};
  std::vector<int32_t> types = {2, 3, 3};

  GgufTokens() {
    for (int byte = 0; byte < 256; ++byte) {
      const char* const digits = "0123456789ABCDEF";
      add(std::string("<0x") + digits[byte >> 4] + digits[byte & 15] + ">", 6);
    }
    for (const char* const text : {"a", "b", "\xE2\x96\x81", "ab"}) add(text, 1);
    add("[PAD263]", 5);
  }
  void add(const std::string& text, int32_t type) {
    texts.push_back(text);
    types.push_back(type);
  }
  std::string text_bytes() const {
    std::string bytes;
    for (const std::string& text : texts) bytes += counted(text);
    return bytes;
  }
  std::string type_bytes() const {
    std::string bytes;
    for (const int32_t type : types) bytes += le(static_cast<uint32_t>(type));
    return bytes;
  }
};

/// A Llama of one layer; tensors are zero. Keys can be replaced by name.
class TinyGguf {
 public:
  static constexpr uint32_t kWidth = 16, kFfn = 32;

  TinyGguf() {
    keys_["general.architecture"] = text_key("general.architecture", "llama");
    for (const auto& [key, value] : std::map<std::string, uint32_t>{{"context_length", 64},
                                                                    {"embedding_length", kWidth},
                                                                    {"block_count", 1},
                                                                    {"feed_forward_length", kFfn},
                                                                    {"attention.head_count", 2}}) {
      set(u32_key("llama." + key, value), "llama." + key);
    }
    set(f32_key("llama.attention.layer_norm_rms_epsilon", 1e-5f),
        "llama.attention.layer_norm_rms_epsilon");
    set(text_key("tokenizer.ggml.model", "llama"), "tokenizer.ggml.model");
    set_tokens(GgufTokens());
  }

  void set(const std::string& bytes, const std::string& key) { keys_[key] = bytes; }
  void set_u32(const std::string& key, uint32_t value) { set(u32_key(key, value), key); }
  void set_text(const std::string& key, const std::string& value) {
    set(text_key(key, value), key);
  }
  void set_flag(const std::string& key) { set(key_value(key, 7, "\1"), key); }
  void set_tokens(const GgufTokens& tokens) {
    const uint64_t count = tokens.texts.size();
    const std::string prefix = "tokenizer.ggml.";
    set(array_key(prefix + "tokens", 8, count, tokens.text_bytes()), prefix + "tokens");
    set(array_key(prefix + "scores", 6, count, std::string(4 * count, '\0')), prefix + "scores");
    set(array_key(prefix + "token_type", 5, count, tokens.type_bytes()), prefix + "token_type");
    rows_ = count;
  }
  void erase(const std::string& key) { keys_.erase(key); }
  /// Vectors beside those that belong to it, of the model's width unless set_more_columns().
  void set_more_tensors(const std::vector<std::string>& names) { more_ = names; }
  void set_more_columns(uint64_t columns) { more_columns_ = columns; }
  void set_rows(uint64_t rows) { rows_ = rows; }
  uint64_t rows() const { return rows_; }

  std::string bytes() const {
    GgufBytes file;
    for (const auto& [key, value] : keys_) file.keys.push_back(value);
    add_tensor(file, "token_embd.weight", {kWidth, rows_});
    add_tensor(file, "output_norm.weight", {kWidth});
    for (const char* const name : {"attn_norm", "ffn_norm"})
      add_tensor(file, std::string("blk.0.") + name + ".weight", {kWidth});
    for (const char* const name : {"attn_q", "attn_k", "attn_v", "attn_output"})
      add_tensor(file, std::string("blk.0.") + name + ".weight", {kWidth, kWidth});
    for (const char* const name : {"ffn_gate", "ffn_up"})
      add_tensor(file, std::string("blk.0.") + name + ".weight", {kWidth, kFfn});
    add_tensor(file, "blk.0.ffn_down.weight", {kFfn, kWidth});
    for (const std::string& name : more_) add_tensor(file, name, {more_columns_});
    return file.bytes();
  }

 private:
  static void add_tensor(GgufBytes& file, const std::string& name,
                         const std::vector<uint64_t>& ne) {
    uint64_t bytes = 4;
    for (const uint64_t dimension : ne) bytes *= dimension;
    file.tensors.push_back(tensor_entry(name, ne, 0, file.data.size()));
    file.data.resize(file.data.size() + (bytes + 31) / 32 * 32);
  }

  std::map<std::string, std::string> keys_;
  std::vector<std::string> more_;
  uint64_t rows_ = 0, more_columns_ = kWidth;
};

}  // namespace nibble::test
