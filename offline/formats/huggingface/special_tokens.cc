// Collects special tokens from the places publishers put them, and makes them agree.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/special_tokens.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <string>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/json_value.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

constexpr uint64_t kMaxChatSourceBytes = 1 << 20;

/// A JSON object of the folder; an empty one where there is no such file.
JsonValue read_object(const std::filesystem::path& path) {
  const bool is_there = std::filesystem::exists(path);
  JsonValue document =
      is_there ? read_json_document(path) : JsonValue(Json::object(), path.string());
  document.keys();
  return document;
}

class SpecialTokens {
 public:
  explicit SpecialTokens(Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  void read_texts(const JsonValue& config);
  void read_ids(const JsonValue& document);
  void finish(const std::string& folder);

 private:
  void add_tokens(const JsonValue& decoder);
  uint32_t token_of_text(const JsonValue& value) const;
  uint32_t token_of_id(const JsonValue& value) const;
  void add_bos(uint32_t token, const JsonValue& where);
  void add_eos(uint32_t token);

  Vocabulary& vocabulary_;
  uint32_t bos_ = format::kNoToken;
  std::string bos_where_;
  std::vector<uint32_t> eos_;
};

/// added_tokens_decoder: {"32000": {"content": "<|im_end|>", "special": true}, …}. Tokens the
/// vocabulary has must read the same; the others take the place of embedding rows without a piece.
void SpecialTokens::add_tokens(const JsonValue& decoder) {
  for (const std::string& key : decoder.keys()) {
    const JsonValue added = decoder[key];
    uint32_t token = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token);
    if (error != std::errc() || end != key.data() + key.size() ||
        token >= vocabulary_.pieces.size()) {
      added.refuse("is not the id of an embedding row");
    }
    const std::string& content = added["content"].text();
    Piece& piece = vocabulary_.pieces[token];
    if (!piece.text.empty()) continue;
    piece.text = text_of_piece(content);
    const bool is_special = added["special"].json() != false;
    piece.type = is_special ? format::PieceType::Control : format::PieceType::UserDefined;
  }
}

/// A token's text, or the object that describes an added token.
uint32_t SpecialTokens::token_of_text(const JsonValue& value) const {
  const JsonValue content = value.json().is_object() ? value["content"] : value;
  const std::string text = text_of_piece(content.text());
  const auto found =
      std::find_if(vocabulary_.pieces.begin(), vocabulary_.pieces.end(), [&](const Piece& piece) {
        return piece.text == text && piece.type != format::PieceType::Byte;
      });
  if (text.empty() || found == vocabulary_.pieces.end()) {
    value.refuse("names '" + text + "', which is not in the vocabulary");
  }
  return static_cast<uint32_t>(found - vocabulary_.pieces.begin());
}

uint32_t SpecialTokens::token_of_id(const JsonValue& value) const {
  if (value.whole_number() >= vocabulary_.pieces.size()) {
    value.refuse("is " + value.quoted() + ", not a token id below " +
                 std::to_string(vocabulary_.pieces.size()));
  }
  return static_cast<uint32_t>(value.whole_number());
}

void SpecialTokens::add_bos(uint32_t token, const JsonValue& where) {
  if (bos_ != format::kNoToken && bos_ != token) {
    where.refuse("says the begin token is " + std::to_string(token) + ", but " + bos_where_ +
                 " says " + std::to_string(bos_) + "; correct one of them");
  }
  bos_ = token;
  bos_where_ = where.path();
}

/// A list may name a million: one too many is enough to refuse it.
void SpecialTokens::add_eos(uint32_t token) {
  if (eos_.size() > kMaxEndTokens) return;
  if (std::find(eos_.begin(), eos_.end(), token) == eos_.end()) eos_.push_back(token);
}

void SpecialTokens::read_texts(const JsonValue& config) {
  if (config["added_tokens_decoder"].exists()) add_tokens(config["added_tokens_decoder"]);
  const JsonValue bos = config["bos_token"], eos = config["eos_token"];
  if (bos.exists()) add_bos(token_of_text(bos), bos);
  if (eos.exists()) add_eos(token_of_text(eos));
}

void SpecialTokens::read_ids(const JsonValue& document) {
  const JsonValue bos = document["bos_token_id"], eos = document["eos_token_id"];
  if (bos.exists()) add_bos(token_of_id(bos), bos);
  if (!eos.exists()) return;
  if (!eos.json().is_array()) return add_eos(token_of_id(eos));
  for (size_t i = 0; i < eos.array_size(); ++i) add_eos(token_of_id(eos[i]));
}

void SpecialTokens::finish(const std::string& folder) {
  if (bos_ != format::kNoToken) vocabulary_.bos = bos_;
  if (!eos_.empty()) vocabulary_.eos = eos_;
  if (vocabulary_.eos.empty()) {
    throw InputError(folder, "names no end token; give eos_token_id in generation_config.json");
  }
  if (vocabulary_.eos.size() > kMaxEndTokens) {
    throw InputError(folder, "names more than " + std::to_string(kMaxEndTokens) + " end tokens");
  }
}

/// chat_template.jinja, or what tokenizer_config.json says: a text, or a list of named ones.
std::string read_chat_source(const std::filesystem::path& folder, const JsonValue& config) {
  const std::filesystem::path file = folder / "chat_template.jinja";
  if (std::filesystem::exists(file)) return read_input_file(file, kMaxChatSourceBytes);
  const JsonValue value = config["chat_template"];
  if (!value.exists()) return {};
  if (!value.json().is_array()) return value.text();
  for (size_t i = 0; i < value.json().size(); ++i) {
    if (value[i]["name"].json() == "default") return value[i]["template"].text();
  }
  value.refuse("has no template named default");
}

void set_flag(Vocabulary& vocabulary, format::TokenizerFlag flag, bool on) {
  vocabulary.flags = on ? vocabulary.flags | flag : vocabulary.flags & ~uint32_t{flag};
}

void read_switches(const JsonValue& config, Vocabulary& vocabulary) {
  // The end token that tokenizer_config.json names comes first.
  const JsonValue add_eos = config["add_eos_token"];
  if (add_eos.exists()) set_flag(vocabulary, format::kAddEos, add_eos.flag());
  const bool is_byte_level = vocabulary.kind == format::TokenizerKind::ByteLevelBpe;
  const JsonValue prefix = config["add_prefix_space"];
  if (prefix.exists() && (is_byte_level || !prefix.flag())) {
    set_flag(vocabulary, format::kAddDummyPrefix, prefix.flag());
    set_flag(vocabulary, format::kPrefixEachStretch, prefix.flag() && is_byte_level);
  }
  const JsonValue add_bos = config["add_bos_token"];
  if (!add_bos.exists()) return;
  if (add_bos.flag() && vocabulary.bos == format::kNoToken) {
    add_bos.refuse("is true, but no begin token is named");
  }
  set_flag(vocabulary, format::kAddBos, add_bos.flag());
}

}  // namespace

void apply_special_tokens(const std::filesystem::path& folder, Vocabulary& vocabulary) {
  const JsonValue config = read_object(folder / "tokenizer_config.json");
  SpecialTokens tokens(vocabulary);
  tokens.read_texts(config);
  tokens.read_ids(read_object(folder / "generation_config.json"));
  tokens.read_ids(read_object(folder / "config.json"));
  tokens.finish(folder.string());
  read_switches(config, vocabulary);
  vocabulary.chat_source = read_chat_source(folder, config);
}

}  // namespace nibble::offline
