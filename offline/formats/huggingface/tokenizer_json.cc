// Accepts exactly the tokenizer.json settings that amount to SentencePiece BPE.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/tokenizer_json.h"

#include <algorithm>
#include <vector>

#include "offline/files/input_error.h"
#include "offline/formats/merge_ranks.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;
using format::PieceType;

/// A value of the document and its JSON path.
struct Place {
  const Json& json;
  std::string path;

  /// Null if absent.
  Place at(const std::string& key) const {
    static const Json kAbsent;
    const auto found = json.is_object() ? json.find(key) : json.end();
    return {json.is_object() && found != json.end() ? *found : kAbsent, path + "/" + key};
  }
  Place at(size_t index) const { return {json[index], path + "/" + std::to_string(index)}; }
  [[noreturn]] void refuse(const std::string& what) const { throw InputError(path, what); }
  [[noreturn]] void unsupported() const {
    constexpr size_t kShown = 200;
    const std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    refuse("is " + text.substr(0, kShown) + ", which is not supported");
  }
  const std::string& text() const {
    if (!json.is_string()) refuse("is not a text");
    return json.get_ref<const std::string&>();
  }
};

const Json kMarkSpaces =
    Json::parse(R"({"type":"Replace","pattern":{"String":" "},"content":"\u2581"})");
const Json kPrependSpace = Json::parse(R"({"type":"Prepend","prepend":"\u2581"})");

/// @returns whether a space is put before the text; nothing if the pre-tokenizer says
std::optional<bool> read_normalizer(const Place& normalizer) {
  if (normalizer.json.is_null()) return {};
  if (normalizer.json == kMarkSpaces) return false;
  if (normalizer.json == Json{{"type", "Sequence"}, {"normalizers", {kPrependSpace, kMarkSpaces}}})
    return true;
  if (normalizer.json == Json{{"type", "Sequence"}, {"normalizers", Json::array({kMarkSpaces})}})
    return false;
  normalizer.unsupported();
}

/// Metaspace does what the normalizer does in older files, if it does not split the text.
bool read_metaspace(const Place& metaspace) {
  for (const auto& [key, value] : metaspace.json.items()) {
    const bool is_known = key == "prepend_scheme" || key == "add_prefix_space" ||
                          (key == "type" && value == "Metaspace") ||
                          (key == "replacement" && value == "\u2581") ||
                          (key == "split" && value == false);
    if (!is_known) metaspace.at(key).unsupported();
  }
  if (metaspace.at("split").json.is_null()) {
    metaspace.refuse("splits the text at spaces, which is not supported; 'split' must be false");
  }
  const Place scheme = metaspace.at("prepend_scheme");
  if (scheme.json == "first" || scheme.json == "always") return true;
  if (scheme.json == "never") return false;
  scheme.unsupported();
}

bool read_dummy_prefix(const Place& document) {
  const std::optional<bool> normalizer = read_normalizer(document.at("normalizer"));
  const Place pre_tokenizer = document.at("pre_tokenizer");
  if (normalizer && pre_tokenizer.json.is_null()) return *normalizer;
  if (normalizer || pre_tokenizer.at("type").json != "Metaspace") pre_tokenizer.unsupported();
  return read_metaspace(pre_tokenizer);
}

/// Pieces are turned into text by rules of the runtime's own: these are the same.
void check_decoder(const Place& decoder) {
  static const Json kSteps = Json::parse(R"([
    {"type":"Replace","pattern":{"String":"\u2581"},"content":" "}, {"type":"ByteFallback"},
    {"type":"Fuse"}, {"type":"Strip","content":" ","start":1,"stop":0}])");
  if (decoder.json.is_null() || decoder.at("type").json == "Metaspace") return;
  const Place steps = decoder.at("decoders");
  if (decoder.at("type").json != "Sequence" || !steps.json.is_array()) decoder.unsupported();
  for (size_t i = 0; i < steps.json.size(); ++i) {
    if (std::find(kSteps.begin(), kSteps.end(), steps.json[i]) == kSteps.end()) {
      steps.at(i).unsupported();
    }
  }
}

void check_model(const Place& model) {
  if (model.at("type").json != "BPE") model.at("type").unsupported();
  const auto require_off = [&model](const std::string& key, const Json& off) {
    const Place setting = model.at(key);
    if (!setting.json.is_null() && setting.json != off) setting.unsupported();
  };
  require_off("dropout", 0.0);
  require_off("continuing_subword_prefix", "");
  require_off("end_of_word_suffix", "");
  require_off("ignore_merges", false);
  const bool has_bytes = model.at("byte_fallback").json == true;
  // Without bytes, a run of unknown characters is one unknown token.
  if (!has_bytes && model.at("fuse_unk").json != true) model.at("fuse_unk").unsupported();
}

/// The pieces as written, in the order of their ids.
std::vector<std::string> read_pieces(const Place& vocab) {
  if (!vocab.json.is_object()) vocab.refuse("is not an object of token ids");
  if (vocab.json.size() > format::kMaxVocabulary) vocab.refuse("has too many pieces");
  std::vector<std::string> written(vocab.json.size());
  for (const auto& [text, id] : vocab.json.items()) {
    const Place place = vocab.at(text);
    if (text.empty()) place.refuse("is an empty piece");
    if (text.size() > kMaxWrittenPieceBytes) vocab.refuse("has a piece that is too long");
    if (!id.is_number_unsigned() || id.get<uint64_t>() >= written.size()) {
      place.refuse("has id " + id.dump() + "; ids must count the pieces without holes");
    }
    std::string& piece = written[id.get<size_t>()];
    if (!piece.empty()) place.refuse("has the same id as '" + piece + "'");
    piece = text;
  }
  return written;
}

/// Text is matched after its spaces became U+2581: a plain space matches nothing.
Piece make_piece(const std::string& written, bool has_bytes) {
  const auto byte = has_bytes ? byte_of_piece(written) : std::nullopt;
  if (byte) return {.text = {static_cast<char>(*byte)}, .type = PieceType::Byte};
  const bool is_reachable = written.find(' ') == written.npos;
  return {.text = text_of_piece(written),
          .type = is_reachable ? PieceType::Normal : PieceType::Unused};
}

void set_added_type(const Place& added, const std::string& content, Piece& piece) {
  if (added.at("special").json == true) {
    piece.type = PieceType::Control;
    return;
  }
  for (const char* key : {"single_word", "lstrip", "rstrip"}) {
    if (added.at(key).json == true) added.at(key).unsupported();
  }
  if (content.find(' ') != content.npos) added.refuse("holds a space, which is not supported");
  piece.type = PieceType::UserDefined;
}

void read_added_tokens(const Place& list, std::vector<std::string>& written,
                       std::vector<Piece>& pieces) {
  if (list.json.is_null()) return;
  if (!list.json.is_array()) list.refuse("is not a list");
  for (size_t i = 0; i < list.json.size(); ++i) {
    const Place added = list.at(i);
    const std::string& content = added.at("content").text();
    const Json& id = added.at("id").json;
    if (content.empty()) added.refuse("has no text");
    if (!id.is_number_unsigned() || id.get<uint64_t>() > pieces.size()) {
      added.refuse("has id " + id.dump() + "; added tokens must follow the others without holes");
    }
    const size_t token = id.get<size_t>();
    if (token == pieces.size()) {
      if (token == format::kMaxVocabulary) added.refuse("is one token too many");
      written.push_back(content);
      pieces.push_back({.text = text_of_piece(content)});
    }
    if (written[token] != content) added.refuse("has the id of '" + written[token] + "'");
    if (pieces[token].type != PieceType::Byte) set_added_type(added, content, pieces[token]);
  }
}

uint32_t token_of(const std::vector<std::string>& written, const Place& place) {
  const auto found = std::find(written.begin(), written.end(), place.text());
  if (found == written.end()) place.refuse("is not in the vocabulary");
  return static_cast<uint32_t>(found - written.begin());
}

/// The template that puts the begin token before the text, or nothing around it.
void read_post_processor(const Place& processor, const std::vector<std::string>& written,
                         Vocabulary& vocabulary) {
  if (processor.json.is_null()) return;
  if (processor.at("type").json != "TemplateProcessing") processor.unsupported();
  const Place single = processor.at("single");
  const size_t parts = single.json.is_array() ? single.json.size() : 0;
  if (parts < 1 || parts > 2 || !single.json[parts - 1].is_object() ||
      !single.json[parts - 1].contains("Sequence")) {
    single.unsupported();
  }
  if (parts == 1) return;
  vocabulary.bos = token_of(written, single.at(size_t{0}).at("SpecialToken").at("id"));
  vocabulary.flags |= format::kAddBos;
}

}  // namespace

Vocabulary parse_tokenizer_json(const Json& json, const std::string& where) {
  const Place document{json, where + ": "};
  const Place model = document.at("model");
  check_model(model);
  check_decoder(document.at("decoder"));

  Vocabulary vocabulary;
  const bool has_bytes = model.at("byte_fallback").json == true;
  if (has_bytes) vocabulary.flags |= format::kByteFallback;
  if (read_dummy_prefix(document)) vocabulary.flags |= format::kAddDummyPrefix;

  std::vector<std::string> written = read_pieces(model.at("vocab"));
  for (const std::string& text : written) {
    vocabulary.pieces.push_back(make_piece(text, has_bytes));
  }
  read_added_tokens(document.at("added_tokens"), written, vocabulary.pieces);
  if (const Place unknown = model.at("unk_token"); !unknown.json.is_null()) {
    vocabulary.unknown = token_of(written, unknown);
    vocabulary.pieces[vocabulary.unknown].type = PieceType::Unknown;
  }
  const Place merges = model.at("merges");
  set_merge_ranks(merges.json, written, vocabulary.pieces, merges.path);
  read_post_processor(document.at("post_processor"), written, vocabulary);
  return vocabulary;
}

}  // namespace nibble::offline
