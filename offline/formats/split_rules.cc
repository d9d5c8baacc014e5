// Two tables: patterns, and names.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/split_rules.h"

#include <algorithm>

namespace nibble::offline {
namespace {

using format::SplitStep;

struct Pattern {
  std::string_view text;
  SplitStep step;
};

#define NIBBLE_WORD_TAIL R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)"
#define NIBBLE_FOLDED R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|)"
#define NIBBLE_LISTED \
  R"((?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+|)"
#define NIBBLE_GPT2_TAIL R"( ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S))"

/// Line breaks are written as \r and \n here, and as themselves in some files.
constexpr Pattern kPatterns[] = {
    {R"('s|'t|'re|'ve|'m|'ll|'d|)" NIBBLE_GPT2_TAIL, SplitStep::Gpt2},
    {R"('s|'t|'re|'ve|'m|'ll|'d|)" NIBBLE_GPT2_TAIL R"(|\s+)", SplitStep::Gpt2},
    {R"('(?:[sdmt]|ll|ve|re)|)" NIBBLE_GPT2_TAIL R"(|\s+)", SplitStep::Gpt2},
    {NIBBLE_FOLDED R"(\p{N}{1,3}|)" NIBBLE_WORD_TAIL, SplitStep::Llama3},
    {NIBBLE_LISTED R"(\p{N}{1,3}|)" NIBBLE_WORD_TAIL, SplitStep::Llama3},
    {NIBBLE_FOLDED R"(\p{N}|)" NIBBLE_WORD_TAIL, SplitStep::Qwen2},
    {NIBBLE_LISTED R"(\p{N}|)" NIBBLE_WORD_TAIL, SplitStep::Qwen2},
    {R"([!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+|)"
     R"( ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)",
     SplitStep::DeepSeek3},
    {R"(\p{N})", SplitStep::Digit},
    {R"(\p{N}+)", SplitStep::Digits},
    {R"(\p{N}{1,3})", SplitStep::Digits3},
    {"[0-9][0-9][0-9]", SplitStep::Ascii3Digits},
    {R"([\p{P}\$\+<=>\^~\|`]+)", SplitStep::Punctuation},
    {R"([\r\n])", SplitStep::LineBreak},
    {R"(\s?\p{L}+)", SplitStep::Letters},
    {R"(\s?\p{P}+)", SplitStep::Marks},
    {R"(\s+$)", SplitStep::LastSpaces},
    {"[一-龥ࠀ-一가-퟿]+", SplitStep::Cjk},
    {"[一-龥぀-ゟ゠-ヿ]+", SplitStep::CjkKana},
};

struct Name {
  std::string_view names;  ///< with a space around each
  SplitStep steps[5];
  bool ignores_merges = false;
};

constexpr Name kNames[] = {
    {" gpt-2 gpt2 mpt olmo jais phi-2 gigachat roberta-bpe a.x-4.0 mellum modern-bert ",
     {SplitStep::Gpt2}},
    {" smollm starcoder refact codeshell command-r exaone ", {SplitStep::Digit, SplitStep::Gpt2}},
    {" llama3 llama-v3 llama-bpe falcon3 falcon-h1 pixtral lfm2 ", {SplitStep::Llama3}, true},
    {" dbrx smaug-bpe glm4 chatglm-bpe ", {SplitStep::Llama3}},
    {" qwen2 stablelm2 deepseek-r1-qwen megrez hunyuan ", {SplitStep::Qwen2}},
    {" falcon ", {SplitStep::Punctuation, SplitStep::Gpt2, SplitStep::Ascii3Digits}},
    {" deepseek-coder ",
     {SplitStep::LineBreak, SplitStep::Letters, SplitStep::Marks, SplitStep::Cjk,
      SplitStep::Digit}},
    {" deepseek-v3 ", {SplitStep::Digits3, SplitStep::CjkKana, SplitStep::DeepSeek3}},
};

SplitSteps steps_of(const Name& row) {
  SplitSteps steps;
  for (const SplitStep step : row.steps) {
    if (step != SplitStep::None) steps.push_back(step);
  }
  return steps;
}

}  // namespace

std::optional<SplitStep> step_of_pattern(std::string pattern) {
  for (const auto& [plain, written] : {std::pair('\r', "\\r"), std::pair('\n', "\\n")}) {
    for (size_t at = 0; (at = pattern.find(plain, at)) != pattern.npos;)
      pattern.replace(at, 1, written);
  }
  const auto found = std::ranges::find(kPatterns, pattern, &Pattern::text);
  if (found == std::end(kPatterns)) return {};
  return found->step;
}

std::optional<NamedSplit> split_named(std::string_view name) {
  const std::string word = " " + std::string(name) + " ";
  for (const Name& row : kNames) {
    if (name.empty() || row.names.find(word) == row.names.npos) continue;
    return NamedSplit{.steps = steps_of(row), .ignores_merges = row.ignores_merges};
  }
  return {};
}

std::optional<std::string_view> name_of_split(const NamedSplit& split) {
  for (const Name& row : kNames) {
    if (steps_of(row) != split.steps || row.ignores_merges != split.ignores_merges) continue;
    return row.names.substr(1, row.names.find(' ', 1) - 1);
  }
  return {};
}

}  // namespace nibble::offline
