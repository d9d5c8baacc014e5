// Reads the model, its merges and the tokens added to it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/tokenizer_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <unordered_set>
#include <vector>

#include "offline/formats/huggingface/text_rules.h"
#include "offline/formats/merge_ranks.h"
#include "offline/formats/vocabulary.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;
using format::PieceType;
using format::TokenizerKind;

void check_type(const JsonValue& type) {
  if (type.json() == "BPE" || !type.exists()) return;  // older files do not say
  if (type.json() == "WordPiece")
    type.refuse("is \"WordPiece\": tokenizers of BERT-like encoders are not supported");
  type.refuse_as_unsupported();
}

void check_model(const JsonValue& model, bool is_byte_level) {
  check_type(model["type"]);
  const auto require_off = [&model](const std::string& key, const Json& off) {
    const JsonValue setting = model[key];
    if (setting.exists() && setting.json() != off) setting.refuse_as_unsupported();
  };
  require_off("dropout", 0.0);
  require_off("continuing_subword_prefix", "");
  require_off("end_of_word_suffix", "");
  const bool has_bytes = model["byte_fallback"].flag_or(false);
  if (is_byte_level && has_bytes) model["byte_fallback"].refuse_as_unsupported();
  // Without bytes, a run of unknown characters is one unknown token.
  if (!is_byte_level && !has_bytes && model["fuse_unk"].json() != true)
    model["fuse_unk"].refuse_as_unsupported();
}

/// The pieces as written, in the order of their ids; added tokens may take the ids left out.
std::vector<std::string> read_pieces(const JsonValue& vocab, size_t added_tokens) {
  const std::vector<std::string> keys = vocab.keys();
  if (keys.size() + added_tokens > format::kMaxVocabulary) vocab.refuse("has too many pieces");
  std::vector<std::string> written;
  for (const std::string& text : keys) {
    if (text.size() > kMaxWrittenPieceBytes) vocab.refuse("has a piece that is too long");
    const JsonValue id = vocab[text];
    if (text.empty()) id.refuse("is an empty piece");
    if (id.whole_number() >= keys.size() + added_tokens) {
      id.refuse("has id " + id.quoted() + "; ids must count the pieces without holes");
    }
    if (id.whole_number() >= written.size()) written.resize(id.whole_number() + 1);
    std::string& piece = written[id.whole_number()];
    if (!piece.empty()) id.refuse("has the same id as '" + piece + "'");
    piece = text;
  }
  return written;
}

/// Text is matched after its spaces became U+2581, or over the alphabet of bytes: what is written
/// otherwise matches nothing.
Piece make_piece(const std::string& written, const Vocabulary& vocabulary) {
  if (vocabulary.kind == TokenizerKind::ByteLevelBpe) {
    const auto bytes = bytes_of_piece(written);
    return {.text = bytes.value_or(written),
            .type = bytes && !written.empty() ? PieceType::Normal : PieceType::Unused};
  }
  const bool has_bytes = (vocabulary.flags & format::kByteFallback) != 0;
  const auto byte = has_bytes ? byte_of_piece(written) : std::nullopt;
  if (byte) return {.text = {static_cast<char>(*byte)}, .type = PieceType::Byte};
  const bool is_reachable = !written.empty() && written.find(' ') == std::string_view::npos;
  return {.text = text_of_piece(written),
          .type = is_reachable ? PieceType::Normal : PieceType::Unused};
}

uint8_t read_rules(const JsonValue& added) {
  uint8_t rules = 0;
  const std::pair<const char*, uint8_t> kRules[] = {{"lstrip", format::kTakesSpacesBefore},
                                                    {"rstrip", format::kTakesSpacesAfter},
                                                    {"single_word", format::kSingleWord},
                                                    {"normalized", format::kInNormalizedText}};
  for (const auto& [key, rule] : kRules) {
    if (added[key].flag_or(false)) rules |= rule;
  }
  return rules;
}

void read_added_token(const JsonValue& added, std::vector<std::string>& written,
                      std::vector<Piece>& pieces) {
  const std::string& content = added["content"].text();
  if (content.empty()) added.refuse("has no text");
  const uint64_t token = added["id"].whole_number();
  if (token >= format::kMaxVocabulary) added.refuse("is one token too many");
  if (token >= pieces.size()) {
    written.resize(token + 1);
    pieces.resize(token + 1, Piece{.text = {}, .type = PieceType::Unused});
  }
  if (written[token].empty()) written[token] = content;
  if (written[token] != content) added.refuse("has the id of '" + written[token] + "'");
  Piece& piece = pieces[token];
  if (piece.type == PieceType::Byte) return;
  const bool is_special = added["special"].flag_or(false);
  piece = {.text = text_of_piece(content),
           .type = is_special ? PieceType::Control : PieceType::UserDefined,
           .rules = read_rules(added)};
}

void read_added_tokens(const JsonValue& list, std::vector<std::string>& written,
                       std::vector<Piece>& pieces) {
  const size_t count = list.exists() ? list.array_size() : 0;
  for (size_t i = 0; i < count; ++i) read_added_token(list[i], written, pieces);
  const auto hole = std::find(written.begin(), written.end(), "");
  if (hole == written.end()) return;
  list.refuse("leaves id " + std::to_string(hole - written.begin()) +
              " without a token; ids must count pieces and added tokens without holes");
}

/// A line with several spaces merges pieces that hold plain spaces, which text never reaches: that
/// it can be read as one is all that matters.
class MergeReader {
 public:
  explicit MergeReader(const std::vector<std::string>& written)
      : pieces_(written.begin(), written.end()) {}

  std::vector<Merge> read(const JsonValue& list) const {
    if (!list.json().is_array()) list.refuse("is not a list of merges");
    std::vector<Merge> merges;
    size_t index = 0;
    for (const Json& merge : list.json()) {
      if (auto read = read_merge(list, merge, index)) merges.push_back(std::move(*read));
      ++index;
    }
    return merges;
  }

 private:
  std::optional<Merge> read_merge(const JsonValue& list, const Json& merge, size_t index) const {
    const bool is_pair =
        merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string();
    if (is_pair) return Merge{merge[0].get<std::string>(), merge[1].get<std::string>()};
    if (!merge.is_string()) list[index].refuse("is neither a text nor a pair of texts");
    return read_line(list, merge.get_ref<const std::string&>(), index);
  }

  std::optional<Merge> read_line(const JsonValue& list, std::string_view line, size_t index) const {
    const size_t space = line.find(' ');
    if (space == line.npos) list[index].refuse("has no space between its two parts");
    if (line.find(' ', space + 1) == line.npos)
      return Merge{std::string(line.substr(0, space)), std::string(line.substr(space + 1))};
    // Each of its spaces costs a look at the whole line.
    if (line.size() > 2 * kMaxWrittenPieceBytes + 1)
      list[index].refuse("is longer than two pieces can be");
    for (size_t at = space; at != line.npos; at = line.find(' ', at + 1)) {
      if (pieces_.contains(line.substr(0, at)) && pieces_.contains(line.substr(at + 1))) return {};
    }
    list[index].refuse("has several spaces, and no way to read it as two pieces");
  }

  std::unordered_set<std::string_view> pieces_;
};

uint32_t token_of(const std::vector<std::string>& written, const JsonValue& text) {
  const auto found = std::find(written.begin(), written.end(), text.text());
  if (found == written.end()) text.refuse("is not in the vocabulary");
  return static_cast<uint32_t>(found - written.begin());
}

/// The template that puts a token before the text, one behind it, or nothing around it.
void read_template(const JsonValue& single, const std::vector<std::string>& written,
                   Vocabulary& vocabulary) {
  const size_t parts = single.json().is_array() ? single.json().size() : 0;
  bool is_behind_text = false;
  for (size_t i = 0; i < parts; ++i) {
    const JsonValue part = single[i];
    const bool is_text = part["Sequence"].exists();
    if (is_text && !is_behind_text) {
      is_behind_text = true;
      continue;
    }
    const uint32_t flag = is_behind_text ? format::kAddEos : format::kAddBos;
    if (is_text || (vocabulary.flags & flag) != 0) single.refuse_as_unsupported();
    const uint32_t token = token_of(written, part["SpecialToken"]["id"]);
    vocabulary.flags |= flag;
    if (is_behind_text)
      vocabulary.eos = {token};
    else
      vocabulary.bos = token;
  }
  if (!is_behind_text) single.refuse_as_unsupported();
}

void read_post_processor(const JsonValue& processor, const std::vector<std::string>& written,
                         Vocabulary& vocabulary) {
  if (!processor.exists()) return;
  const bool is_list = processor["type"].json() == "Sequence";
  const size_t count = is_list ? processor["processors"].array_size() : 1;
  for (size_t i = 0; i < count; ++i) {
    const JsonValue step = is_list ? processor["processors"][i] : processor;
    if (step["type"].json() == "ByteLevel") continue;  // it moves offsets only
    if (step["type"].json() != "TemplateProcessing") step.refuse_as_unsupported();
    read_template(step["single"], written, vocabulary);
  }
}

}  // namespace

Vocabulary parse_tokenizer_json(const JsonValue& document) {
  Vocabulary vocabulary;
  const JsonValue model = document["model"], added = document["added_tokens"];
  check_type(model["type"]);
  read_text_rules(document, vocabulary);
  check_model(model, vocabulary.kind == TokenizerKind::ByteLevelBpe);
  if (model["byte_fallback"].flag_or(false)) vocabulary.flags |= format::kByteFallback;
  vocabulary.ignores_merges = model["ignore_merges"].flag_or(false);

  std::vector<std::string> written =
      read_pieces(model["vocab"], added.exists() ? added.array_size() : 0);
  for (const std::string& text : written) vocabulary.pieces.push_back(make_piece(text, vocabulary));
  read_added_tokens(added, written, vocabulary.pieces);
  if (const JsonValue unknown = model["unk_token"]; unknown.exists()) {
    vocabulary.unknown = token_of(written, unknown);
    vocabulary.pieces[vocabulary.unknown].type = PieceType::Unknown;
  }
  set_merge_ranks(MergeReader(written).read(model["merges"]), written, vocabulary,
                  model["merges"].path());
  if (vocabulary.ignores_merges) vocabulary.flags |= format::kPairMerges;
  read_post_processor(document["post_processor"], written, vocabulary);
  return vocabulary;
}

}  // namespace nibble::offline
