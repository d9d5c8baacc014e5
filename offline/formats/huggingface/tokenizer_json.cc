// Accepts exactly the tokenizer.json settings that amount to SentencePiece BPE.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/tokenizer_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "offline/formats/merge_ranks.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;
using format::PieceType;

const Json kMarkSpaces =
    Json::parse(R"({"type":"Replace","pattern":{"String":" "},"content":"\u2581"})");
const Json kPrependSpace = Json::parse(R"({"type":"Prepend","prepend":"\u2581"})");

/// @returns whether a space is put before the text; nothing if the pre-tokenizer says
std::optional<bool> read_normalizer(const JsonValue& normalizer) {
  if (!normalizer.exists()) return {};
  if (normalizer.json() == kMarkSpaces) return false;
  if (normalizer.json() ==
      Json{{"type", "Sequence"}, {"normalizers", {kPrependSpace, kMarkSpaces}}})
    return true;
  if (normalizer.json() == Json{{"type", "Sequence"}, {"normalizers", Json::array({kMarkSpaces})}})
    return false;
  normalizer.refuse_as_unsupported();
}

/// Metaspace does what the normalizer does in older files, if it does not split the text.
bool read_metaspace(const JsonValue& metaspace) {
  for (const auto& [key, value] : metaspace.json().items()) {
    const bool is_known = key == "prepend_scheme" || key == "add_prefix_space" ||
                          (key == "type" && value == "Metaspace") ||
                          (key == "replacement" && value == "\u2581") ||
                          (key == "split" && value == false);
    if (!is_known) metaspace[key].refuse_as_unsupported();
  }
  if (!metaspace["split"].exists()) {
    metaspace.refuse("splits the text at spaces, which is not supported; 'split' must be false");
  }
  const JsonValue scheme = metaspace["prepend_scheme"];
  if (scheme.json() == "first" || scheme.json() == "always") return true;
  if (scheme.json() == "never") return false;
  scheme.refuse_as_unsupported();
}

bool read_dummy_prefix(const JsonValue& document) {
  const std::optional<bool> normalizer = read_normalizer(document["normalizer"]);
  const JsonValue pre_tokenizer = document["pre_tokenizer"];
  if (normalizer && !pre_tokenizer.exists()) return *normalizer;
  if (normalizer || pre_tokenizer["type"].json() != "Metaspace")
    pre_tokenizer.refuse_as_unsupported();
  return read_metaspace(pre_tokenizer);
}

/// Pieces are turned into text by rules of the runtime's own: these are the same.
void check_decoder(const JsonValue& decoder) {
  static const Json kSteps = Json::parse(R"([
    {"type":"Replace","pattern":{"String":"\u2581"},"content":" "}, {"type":"ByteFallback"},
    {"type":"Fuse"}, {"type":"Strip","content":" ","start":1,"stop":0}])");
  if (!decoder.exists() || decoder["type"].json() == "Metaspace") return;
  const JsonValue steps = decoder["decoders"];
  if (decoder["type"].json() != "Sequence" || !steps.json().is_array())
    decoder.refuse_as_unsupported();
  for (size_t i = 0; i < steps.json().size(); ++i) {
    if (std::find(kSteps.begin(), kSteps.end(), steps.json()[i]) == kSteps.end()) {
      steps[i].refuse_as_unsupported();
    }
  }
}

void check_model(const JsonValue& model) {
  if (model["type"].json() != "BPE") model["type"].refuse_as_unsupported();
  const auto require_off = [&model](const std::string& key, const Json& off) {
    const JsonValue setting = model[key];
    if (setting.exists() && setting.json() != off) setting.refuse_as_unsupported();
  };
  require_off("dropout", 0.0);
  require_off("continuing_subword_prefix", "");
  require_off("end_of_word_suffix", "");
  require_off("ignore_merges", false);
  const bool has_bytes = model["byte_fallback"].json() == true;
  // Without bytes, a run of unknown characters is one unknown token.
  if (!has_bytes && model["fuse_unk"].json() != true) model["fuse_unk"].refuse_as_unsupported();
}

/// The pieces as written, in the order of their ids.
std::vector<std::string> read_pieces(const JsonValue& vocab) {
  const std::vector<std::string> keys = vocab.keys();
  if (keys.size() > format::kMaxVocabulary) vocab.refuse("has too many pieces");
  std::vector<std::string> written(keys.size());
  for (const std::string& text : keys) {
    if (text.size() > kMaxWrittenPieceBytes) vocab.refuse("has a piece that is too long");
    const JsonValue id = vocab[text];
    if (text.empty()) id.refuse("is an empty piece");
    if (id.whole_number() >= written.size()) {
      id.refuse("has id " + id.quoted() + "; ids must count the pieces without holes");
    }
    std::string& piece = written[id.whole_number()];
    if (!piece.empty()) id.refuse("has the same id as '" + piece + "'");
    piece = text;
  }
  return written;
}

/// Text is matched after its spaces became U+2581: a plain space matches nothing.
Piece make_piece(const std::string& written, bool has_bytes) {
  const auto byte = has_bytes ? byte_of_piece(written) : std::nullopt;
  if (byte) return {.text = {static_cast<char>(*byte)}, .type = PieceType::Byte};
  const bool is_reachable = written.find(' ') == std::string_view::npos;
  return {.text = text_of_piece(written),
          .type = is_reachable ? PieceType::Normal : PieceType::Unused};
}

void set_added_type(const JsonValue& added, const std::string& content, Piece& piece) {
  if (added["special"].json() == true) {
    piece.type = PieceType::Control;
    return;
  }
  for (const char* key : {"single_word", "lstrip", "rstrip"}) {
    if (added[key].json() == true) added[key].refuse_as_unsupported();
  }
  if (content.find(' ') != std::string_view::npos)
    added.refuse("holds a space, which is not supported");
  piece.type = PieceType::UserDefined;
}

void read_added_tokens(const JsonValue& list, std::vector<std::string>& written,
                       std::vector<Piece>& pieces) {
  if (!list.exists()) return;
  for (size_t i = 0; i < list.array_size(); ++i) {
    const JsonValue added = list[i];
    const std::string& content = added["content"].text();
    if (content.empty()) added.refuse("has no text");
    const uint64_t token = added["id"].whole_number();
    if (token > pieces.size()) {
      added.refuse("has id " + std::to_string(token) +
                   "; added tokens must follow the others without holes");
    }
    if (token == pieces.size()) {
      if (token == format::kMaxVocabulary) added.refuse("is one token too many");
      written.push_back(content);
      pieces.push_back({.text = text_of_piece(content)});
    }
    if (written[token] != content) added.refuse("has the id of '" + written[token] + "'");
    if (pieces[token].type != PieceType::Byte) set_added_type(added, content, pieces[token]);
  }
}

uint32_t token_of(const std::vector<std::string>& written, const JsonValue& text) {
  const auto found = std::find(written.begin(), written.end(), text.text());
  if (found == written.end()) text.refuse("is not in the vocabulary");
  return static_cast<uint32_t>(found - written.begin());
}

/// The template that puts the begin token before the text, or nothing around it.
void read_post_processor(const JsonValue& processor, const std::vector<std::string>& written,
                         Vocabulary& vocabulary) {
  if (!processor.exists()) return;
  if (processor["type"].json() != "TemplateProcessing") processor.refuse_as_unsupported();
  const JsonValue single = processor["single"];
  const size_t parts = single.json().is_array() ? single.json().size() : 0;
  if (parts < 1 || parts > 2 || !single.json()[parts - 1].is_object() ||
      !single.json()[parts - 1].contains("Sequence")) {
    single.refuse_as_unsupported();
  }
  if (parts == 1) return;
  vocabulary.bos = token_of(written, single[size_t{0}]["SpecialToken"]["id"]);
  vocabulary.flags |= format::kAddBos;
}

}  // namespace

Vocabulary parse_tokenizer_json(const JsonValue& document) {
  const JsonValue model = document["model"];
  check_model(model);
  check_decoder(document["decoder"]);

  Vocabulary vocabulary;
  const bool has_bytes = model["byte_fallback"].json() == true;
  if (has_bytes) vocabulary.flags |= format::kByteFallback;
  if (read_dummy_prefix(document)) vocabulary.flags |= format::kAddDummyPrefix;

  std::vector<std::string> written = read_pieces(model["vocab"]);
  for (const std::string& text : written) {
    vocabulary.pieces.push_back(make_piece(text, has_bytes));
  }
  read_added_tokens(document["added_tokens"], written, vocabulary.pieces);
  if (const JsonValue unknown = model["unk_token"]; unknown.exists()) {
    vocabulary.unknown = token_of(written, unknown);
    vocabulary.pieces[vocabulary.unknown].type = PieceType::Unknown;
  }
  set_merge_ranks(model["merges"], written, vocabulary.pieces);
  read_post_processor(document["post_processor"], written, vocabulary);
  return vocabulary;
}

}  // namespace nibble::offline
