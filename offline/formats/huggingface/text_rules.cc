// Accepts exactly the settings that amount to steps and flags of the runtime.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/text_rules.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "offline/formats/split_rules.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;
using format::SplitStep;
using format::TokenizerKind;

/// The members of a Sequence, or the value itself. @param key  "normalizers", …
std::vector<JsonValue> steps_of(const JsonValue& value, const char* key) {
  if (!value.exists()) return {};
  if (value["type"].json() != "Sequence") return {value};
  const JsonValue list = value[key];
  std::vector<JsonValue> steps;
  for (size_t i = 0; i < list.array_size(); ++i) steps.push_back(list[i]);
  return steps;
}

/// Other members than these change what a step does.
void expect_only(const JsonValue& step, std::initializer_list<Json> known) {
  for (const auto& [key, value] : step.json().items()) {
    const bool is_known = std::ranges::any_of(known, [&](const Json& member) {
      return member.contains(key) && (member.at(key).is_null() || member.at(key) == value);
    });
    if (!is_known) step[key].refuse_as_unsupported();
  }
}

class TextRules {
 public:
  TextRules(const JsonValue& document, Vocabulary& vocabulary)
      : document_(document), vocabulary_(vocabulary) {}

  void read() {
    for (const JsonValue& step : steps_of(document_["normalizer"], "normalizers"))
      read_normalizer(step);
    for (const JsonValue& step : steps_of(document_["pre_tokenizer"], "pretokenizers"))
      read_pre_tokenizer(step);
    if (document_["decoder"]["type"].json() == "ByteLevel") set_byte_level(document_["decoder"]);
    if (is_byte_level()) return;
    if (!marks_spaces_) {
      document_.refuse(
          "neither marks spaces (Replace, Metaspace) nor works on bytes (ByteLevel): "
          "such tokenizers are not supported");
    }
    check_decoder(document_["decoder"]);
  }

 private:
  bool is_byte_level() const { return vocabulary_.kind == TokenizerKind::ByteLevelBpe; }
  void set(uint32_t flags) { vocabulary_.flags |= flags; }
  void add_step(SplitStep step, const JsonValue& where) {
    if (vocabulary_.split_steps.size() == format::kMaxSplitSteps)
      where.refuse("is one step too many");
    vocabulary_.split_steps.push_back(step);
  }
  void set_byte_level(const JsonValue& where) {
    if (marks_spaces_) where.refuse("works on bytes, but spaces are marked before: not supported");
    vocabulary_.kind = TokenizerKind::ByteLevelBpe;
  }

  void read_normalizer(const JsonValue& step);
  void read_pre_tokenizer(const JsonValue& step);
  void read_byte_level(const JsonValue& step);
  void read_split(const JsonValue& step);
  void read_metaspace(const JsonValue& step);
  static void check_decoder(const JsonValue& decoder);

  const JsonValue& document_;
  Vocabulary& vocabulary_;
  bool marks_spaces_ = false;
};

void TextRules::read_normalizer(const JsonValue& step) {
  static const Json kMarkSpaces =
      Json::parse(R"({"type":"Replace","pattern":{"String":" "},"content":"\u2581"})");
  static const Json kPrependSpace = Json::parse(R"({"type":"Prepend","prepend":"\u2581"})");
  if (step.json() == kMarkSpaces) {
    marks_spaces_ = true;
  } else if (step.json() == kPrependSpace && !marks_spaces_) {
    set(format::kAddDummyPrefix | format::kPrefixEachStretch);
  } else if (step.json() == Json{{"type", "NFC"}}) {
    set(format::kNormalizeNfc);
  } else if (step.json() == Json{{"type", "Lowercase"}}) {
    set(format::kLowerCase);
  } else {
    step.refuse_as_unsupported();
  }
  constexpr uint32_t kBoth = format::kNormalizeNfc | format::kLowerCase;
  if ((vocabulary_.flags & kBoth) == kBoth)
    step.refuse("composes and lowers text; only one of the two is supported");
}

void TextRules::read_byte_level(const JsonValue& step) {
  expect_only(step, {{{"type", nullptr},
                      {"add_prefix_space", nullptr},
                      {"trim_offsets", nullptr},
                      {"use_regex", nullptr}}});
  set_byte_level(step);
  if (step["use_regex"].flag_or(true)) add_step(SplitStep::Gpt2, step);
  if (step["add_prefix_space"].flag_or(true))
    set(format::kAddDummyPrefix | format::kPrefixEachStretch);
}

/// A pattern that matches everything can be written as what to keep, or as what to remove around
/// it.
void TextRules::read_split(const JsonValue& step) {
  const JsonValue pattern = step["pattern"];
  static const Json kAtSpaces = {{"String", " "}};
  // Gemma's: there are no spaces left when it is asked.
  if (pattern.json() == kAtSpaces && marks_spaces_) return;
  const auto known =
      pattern["Regex"].exists() ? step_of_pattern(pattern["Regex"].text()) : std::nullopt;
  if (!known) pattern.refuse("is " + pattern.quoted() + ", a pattern that is not supported");
  const bool covers_all =
      *known == SplitStep::Gpt2 || *known == SplitStep::Llama3 || *known == SplitStep::Qwen2;
  const bool isolates = step["behavior"].json() == "Isolated" && !step["invert"].flag_or(false);
  const bool keeps = step["behavior"].json() == "Removed" && step["invert"].flag_or(false);
  if (!isolates && !(keeps && covers_all)) step["behavior"].refuse_as_unsupported();
  add_step(*known, step);
}

/// Marks spaces, as the normalizer does in older files, and may split the text before them.
void TextRules::read_metaspace(const JsonValue& step) {
  expect_only(step, {{{"type", nullptr},
                      {"replacement", "\u2581"},
                      {"prepend_scheme", nullptr},
                      {"add_prefix_space", nullptr},
                      {"split", nullptr}}});
  if (is_byte_level()) step.refuse_as_unsupported();
  marks_spaces_ = true;
  if (step["split"].flag_or(true)) add_step(SplitStep::Spaces, step);
  const JsonValue scheme = step["prepend_scheme"];
  const Json& value = scheme.json();
  if (value == "always" || (!scheme.exists() && step["add_prefix_space"].flag_or(true)))
    set(format::kAddDummyPrefix | format::kPrefixEachStretch);
  else if (value == "first")
    set(format::kAddDummyPrefix);
  else if (value != "never" && scheme.exists())
    scheme.refuse_as_unsupported();
}

/// After ByteLevel, characters are those of its alphabet: only ASCII is still what it was.
void TextRules::read_pre_tokenizer(const JsonValue& step) {
  const Json& type = step["type"].json();
  const size_t before = vocabulary_.split_steps.size();
  const bool was_byte_level = is_byte_level();
  if (type == "ByteLevel") return read_byte_level(step);
  if (type == "Metaspace") return read_metaspace(step);
  if (type == "Split") {
    read_split(step);
  } else if (type == "Digits") {
    add_step(step["individual_digits"].flag_or(false) ? SplitStep::Digit : SplitStep::Digits, step);
  } else if (type == "Punctuation" && step["behavior"].json() == "Contiguous") {
    add_step(SplitStep::Punctuation, step);
  } else {
    step.refuse_as_unsupported();
  }
  const bool is_ascii = vocabulary_.split_steps.size() > before &&
                        vocabulary_.split_steps.back() == SplitStep::Ascii3Digits;
  if (was_byte_level && !is_ascii) step.refuse("follows ByteLevel, which is not supported");
}

/// Pieces are turned into text by rules of the runtime's own: these are the same.
void TextRules::check_decoder(const JsonValue& decoder) {
  static const Json kSteps = Json::parse(R"([
    {"type":"Replace","pattern":{"String":"\u2581"},"content":" "}, {"type":"ByteFallback"},
    {"type":"Fuse"}, {"type":"Strip","content":" ","start":1,"stop":0}])");
  if (!decoder.exists() || decoder["type"].json() == "Metaspace") return;
  for (const JsonValue& step : steps_of(decoder, "decoders")) {
    if (step["type"].json() == "Metaspace") continue;
    if (std::find(kSteps.begin(), kSteps.end(), step.json()) == kSteps.end())
      step.refuse_as_unsupported();
  }
}

}  // namespace

void read_text_rules(const JsonValue& document, Vocabulary& vocabulary) {
  TextRules(document, vocabulary).read();
}

}  // namespace nibble::offline
