// Collects special tokens from the places publishers put them, and makes them agree.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/special_tokens.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "offline/files/input_error.h"
#include "offline/files/json_file.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxEndTokens = std::size(format::Manifest{}.eos_tokens);

/// A JSON object of the folder and its name; empty if the file is missing.
struct Document {
  std::string where;
  Json json = Json::object();

  Document(const std::filesystem::path& path) : where(path.string() + ": ") {
    if (std::filesystem::exists(path)) json = read_json_file(path);
    if (!json.is_object()) throw InputError(where + "/", "is not a JSON object");
  }
  /// Null if absent.
  Json get(const std::string& key) const { return json.value(key, Json()); }
  std::string place(const std::string& key) const { return where + "/" + key; }
};

class SpecialTokens {
 public:
  explicit SpecialTokens(Vocabulary& vocabulary) : vocabulary_(vocabulary) {}

  void add_tokens(const Json& decoder, const std::string& where);
  void read_texts(const Document& config);
  void read_ids(const Document& document);
  void finish(const std::string& folder);

 private:
  uint32_t token_of_text(const Json& value, const std::string& where) const;
  uint32_t token_of_id(const Json& value, const std::string& where) const;
  void add_bos(uint32_t token, const std::string& where);
  void add_eos(uint32_t token);

  Vocabulary& vocabulary_;
  uint32_t bos_ = format::kNoToken;
  std::string bos_where_;
  std::vector<uint32_t> eos_;
};

/// added_tokens_decoder: {"32000": {"content": "<|im_end|>", "special": true}, …}. Tokens the
/// vocabulary has must read the same; the others take the place of embedding rows without a piece.
void SpecialTokens::add_tokens(const Json& decoder, const std::string& where) {
  if (decoder.is_null()) return;
  if (!decoder.is_object()) throw InputError(where, "is not an object");
  for (const auto& [key, token_json] : decoder.items()) {
    const std::string token_where = where + "/" + key;
    uint32_t token = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), token);
    if (error != std::errc() || end != key.data() + key.size() ||
        token >= vocabulary_.pieces.size()) {
      throw InputError(token_where, "is not the id of an embedding row");
    }
    if (!token_json.is_object() || !token_json.contains("content") ||
        !token_json["content"].is_string()) {
      throw InputError(token_where, "has no text in 'content'");
    }
    Piece& piece = vocabulary_.pieces[token];
    if (!piece.text.empty()) continue;
    piece.text = text_of_piece(token_json["content"].get_ref<const std::string&>());
    const bool is_special = token_json.value("special", Json(true)) != Json(false);
    piece.type = is_special ? format::PieceType::Control : format::PieceType::UserDefined;
  }
}

/// A token's text, or the object that describes an added token.
uint32_t SpecialTokens::token_of_text(const Json& value, const std::string& where) const {
  const Json content = value.is_object() ? value.value("content", Json()) : value;
  if (!content.is_string()) throw InputError(where, "is not a token's text");
  const std::string text = text_of_piece(content.get_ref<const std::string&>());
  const auto found =
      std::find_if(vocabulary_.pieces.begin(), vocabulary_.pieces.end(), [&](const Piece& piece) {
        return piece.text == text && piece.type != format::PieceType::Byte;
      });
  if (text.empty() || found == vocabulary_.pieces.end()) {
    throw InputError(where, "names '" + text + "', which is not in the vocabulary");
  }
  return static_cast<uint32_t>(found - vocabulary_.pieces.begin());
}

uint32_t SpecialTokens::token_of_id(const Json& value, const std::string& where) const {
  if (!value.is_number_unsigned() || value.get<uint64_t>() >= vocabulary_.pieces.size()) {
    throw InputError(where, "is " + value.dump() + ", not a token id below " +
                                std::to_string(vocabulary_.pieces.size()));
  }
  return value.get<uint32_t>();
}

void SpecialTokens::add_bos(uint32_t token, const std::string& where) {
  if (bos_ != format::kNoToken && bos_ != token) {
    throw InputError(where, "says the begin token is " + std::to_string(token) + ", but " +
                                bos_where_ + " says " + std::to_string(bos_) +
                                "; correct one of them");
  }
  bos_ = token;
  bos_where_ = where;
}

/// A list may name a million: one too many is enough to refuse it.
void SpecialTokens::add_eos(uint32_t token) {
  if (eos_.size() > kMaxEndTokens) return;
  if (std::find(eos_.begin(), eos_.end(), token) == eos_.end()) eos_.push_back(token);
}

void SpecialTokens::read_texts(const Document& config) {
  add_tokens(config.get("added_tokens_decoder"), config.place("added_tokens_decoder"));
  if (const Json bos = config.get("bos_token"); !bos.is_null()) {
    add_bos(token_of_text(bos, config.place("bos_token")), config.place("bos_token"));
  }
  if (const Json eos = config.get("eos_token"); !eos.is_null()) {
    add_eos(token_of_text(eos, config.place("eos_token")));
  }
}

void SpecialTokens::read_ids(const Document& document) {
  if (const Json bos = document.get("bos_token_id"); !bos.is_null()) {
    add_bos(token_of_id(bos, document.place("bos_token_id")), document.place("bos_token_id"));
  }
  const Json eos = document.get("eos_token_id");
  if (eos.is_null()) return;
  for (const Json& id : eos.is_array() ? eos : Json::array({eos})) {
    add_eos(token_of_id(id, document.place("eos_token_id")));
  }
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

/// A setting that is true, false or absent.
std::optional<bool> read_switch(const Document& config, const std::string& key) {
  const Json value = config.get(key);
  if (value.is_null()) return {};
  if (!value.is_boolean()) throw InputError(config.place(key), "is neither true nor false");
  return value.get<bool>();
}

void set_flag(Vocabulary& vocabulary, format::TokenizerFlag flag, bool on) {
  vocabulary.flags = on ? vocabulary.flags | flag : vocabulary.flags & ~uint32_t{flag};
}

void read_switches(const Document& config, Vocabulary& vocabulary) {
  if (read_switch(config, "add_eos_token").value_or(false)) {
    throw InputError(config.place("add_eos_token"),
                     "is true; ending every text is not supported, set it to false");
  }
  if (const auto prefix = read_switch(config, "add_prefix_space"); prefix == false) {
    set_flag(vocabulary, format::kAddDummyPrefix, false);
  }
  if (const auto add_bos = read_switch(config, "add_bos_token")) {
    if (*add_bos && vocabulary.bos == format::kNoToken) {
      throw InputError(config.place("add_bos_token"), "is true, but no begin token is named");
    }
    set_flag(vocabulary, format::kAddBos, *add_bos);
  }
}

}  // namespace

void apply_special_tokens(const std::filesystem::path& folder, Vocabulary& vocabulary) {
  const Document config(folder / "tokenizer_config.json");
  SpecialTokens tokens(vocabulary);
  tokens.read_texts(config);
  tokens.read_ids(Document(folder / "generation_config.json"));
  tokens.read_ids(Document(folder / "config.json"));
  tokens.finish(folder.string());
  read_switches(config, vocabulary);
}

}  // namespace nibble::offline
