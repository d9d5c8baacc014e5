// A table of templates, and how each is told from the others by its text.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/chat_templates.h"

#include <algorithm>

#include "offline/files/input_error.h"

namespace nibble::offline {
namespace {

using format::ChatText;

/// Longer sources are not searched: the longest that are published have some 20 KB.
constexpr size_t kMaxSourceBytes = 1 << 20;

/// One template. {bos} and {eos} stand for the vocabulary's tokens. In `needs` and `lacks`, texts
/// that its source has or does not have are separated by a space.
struct Template {
  const char *name, *needs, *lacks;
  const char *system_before, *system_after, *user_before, *user_after, *assistant_before,
      *assistant_after;
  const char* tokens;  ///< that must be control tokens; the last of them ends a reply
  uint32_t flags = 0;
};

constexpr Template kTemplates[] = {
    {"chatml", "<|im_start|> <|im_end|>", "<|im_sep|> <end_of_utterance>", "<|im_start|>system\n",
     "<|im_end|>\n", "<|im_start|>user\n", "<|im_end|>\n", "<|im_start|>assistant\n",
     "<|im_end|>\n", "<|im_start|> <|im_end|>"},
    {"phi4", "<|im_start|> <|im_sep|>", "", "<|im_start|>system<|im_sep|>", "<|im_end|>",
     "<|im_start|>user<|im_sep|>", "<|im_end|>", "<|im_start|>assistant<|im_sep|>", "<|im_end|>",
     "<|im_start|> <|im_sep|> <|im_end|>"},
    {"llama3", "<|start_header_id|> <|end_header_id|> <|eot_id|>", "",
     "<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>",
     "<|start_header_id|>user<|end_header_id|>\n\n", "<|eot_id|>",
     "<|start_header_id|>assistant<|end_header_id|>\n\n", "<|eot_id|>",
     "<|start_header_id|> <|end_header_id|> <|eot_id|>", format::kChatTrims},
    {"llama2", "[INST] <<SYS>>", "[SYSTEM_PROMPT]", "[INST] <<SYS>>\n", "\n<</SYS>>\n\n",
     "{bos}[INST] ", " [/INST]", "", " {eos}", "{eos}",
     format::kChatTrims | format::kChatSystemOpensUser},
    {"mistral", "[INST] [/INST]", "<<SYS>> [SYSTEM_PROMPT] [AVAILABLE_TOOLS]", "[INST] ", "\n\n",
     "[INST] ", " [/INST]", "", "{eos}", "{eos}", format::kChatSystemOpensUser},
    {"mistral-v3", "[INST] [/INST] [AVAILABLE_TOOLS]", "<<SYS>> [SYSTEM_PROMPT]", "[INST] ", "\n\n",
     "[INST] ", "[/INST]", "", "{eos}", "[INST] [/INST] {eos}", format::kChatSystemOpensUser},
    {"gemma", "<start_of_turn> <end_of_turn>", "", "<start_of_turn>user\n", "\n\n",
     "<start_of_turn>user\n", "<end_of_turn>\n", "<start_of_turn>model\n", "<end_of_turn>\n",
     "<start_of_turn> <end_of_turn>", format::kChatTrims | format::kChatSystemOpensUser},
    {"phi3", "<|user|> <|assistant|> <|end|>", "", "<|system|>\n", "<|end|>\n", "<|user|>\n",
     "<|end|>\n", "<|assistant|>\n", "<|end|>\n", "<|user|> <|assistant|> <|end|>"},
    {"zephyr", "<|user|> <|assistant|>", "<|end|> [gMASK]", "<|system|>\n", "{eos}\n", "<|user|>\n",
     "{eos}\n", "<|assistant|>\n", "{eos}\n", "{eos}"},
    {"granite", "<|start_of_role|> <|end_of_role|>", "", "<|start_of_role|>system<|end_of_role|>",
     "<|end_of_text|>\n", "<|start_of_role|>user<|end_of_role|>", "<|end_of_text|>\n",
     "<|start_of_role|>assistant<|end_of_role|>", "<|end_of_text|>\n",
     "<|start_of_role|> <|end_of_role|> <|end_of_text|>"},
};

/// The words of a list, in order.
std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> all;
  while (!list.empty()) {
    const size_t end = std::min(list.find(' '), list.size());
    all.emplace_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return all;
}

bool has(std::string_view source, std::string_view text) {
  return source.find(text) != source.npos;
}

bool looks_like(const Template& row, std::string_view source) {
  const std::vector<std::string> needs = words(row.needs), lacks = words(row.lacks);
  return std::ranges::all_of(needs, [&](const auto& word) { return has(source, word); }) &&
         std::ranges::none_of(lacks, [&](const auto& word) { return has(source, word); });
}

std::string names_text() {
  std::string text;
  for (const Template& row : kTemplates) text += (text.empty() ? "" : ", ") + std::string(row.name);
  return text;
}

const Template& recognize(std::string_view source, const std::string& where) {
  const auto found = std::ranges::find_if(kTemplates, [&](const Template& row) {
    return source.size() <= kMaxSourceBytes && looks_like(row, source);
  });
  if (found != std::end(kTemplates)) return *found;
  throw InputError(where, "has a chat_template that is none of " + names_text() +
                              "; give the nearest with --chat-template, or none");
}

/// "<|im_start|>system\nYou are …<|im_end|>" as a literal of the source.
std::string default_system(std::string_view source) {
  constexpr std::string_view kBefore = R"(<|im_start|>system\n)", kAfter = "<|im_end|>";
  for (size_t at = 0; (at = source.find(kBefore, at)) != source.npos;) {
    at += kBefore.size();
    const size_t end = source.find_first_of("'\"{<\\", at);
    if (end != source.npos && end != at && source.substr(end).starts_with(kAfter))
      return std::string(source.substr(at, end - at));
  }
  return {};
}

class TemplateFiller {
 public:
  TemplateFiller(Vocabulary& vocabulary, const std::string& where)
      : vocabulary_(vocabulary), where_(where) {}

  void fill(const Template& row) {
    ChatTemplate& chat = vocabulary_.chat;
    chat = {.name = row.name, .flags = row.flags, .texts = {}};
    const std::string& source = vocabulary_.chat_source;
    const std::string bos = text_of(vocabulary_.bos);
    const bool begins = has(source, "bos_token") || (!bos.empty() && has(source, bos));
    // Llama 2 begins each turn, the first one by what opens it.
    if (begins && !has(row.user_before, "{bos}")) set(ChatText::Begin, "{bos}");
    if (has(row.user_before, "{bos}")) set(ChatText::SystemBefore, "{bos}");
    chat.texts[static_cast<size_t>(ChatText::SystemBefore)] += filled(row.system_before);
    set(ChatText::SystemAfter, row.system_after);
    set(ChatText::UserBefore, row.user_before);
    set(ChatText::UserAfter, row.user_after);
    set(ChatText::AssistantBefore, row.assistant_before);
    set(ChatText::AssistantAfter, row.assistant_after);
    set(ChatText::DefaultSystem, default_system(source));
    uint32_t last = format::kNoToken;
    for (const std::string& token : words(row.tokens)) last = require_token(filled(token));
    add_end(last);
  }

 private:
  void set(ChatText which, const std::string& text) {
    vocabulary_.chat.texts[static_cast<size_t>(which)] = filled(text);
  }
  std::string text_of(uint32_t token) const {
    return token == format::kNoToken ? "" : vocabulary_.pieces[token].text;
  }
  std::string filled(std::string text) const {
    const uint32_t eos = vocabulary_.eos.empty() ? format::kNoToken : vocabulary_.eos.front();
    for (const auto& [mark, token] :
         {std::pair("{bos}", vocabulary_.bos), std::pair("{eos}", eos)}) {
      const size_t at = text.find(mark);
      if (at != text.npos) text.replace(at, 5, text_of(token));
    }
    return text;
  }
  uint32_t require_token(const std::string& text) const {
    for (uint32_t token = 0; token < vocabulary_.pieces.size(); ++token) {
      const Piece& piece = vocabulary_.pieces[token];
      if (piece.type == format::PieceType::Control && piece.text == text) return token;
    }
    throw InputError(where_, "has no control token '" + text + "', which the chat template " +
                                 vocabulary_.chat.name +
                                 " needs; give another with --chat-template, or none");
  }
  void add_end(uint32_t token) {
    if (std::ranges::find(vocabulary_.eos, token) != vocabulary_.eos.end()) return;
    if (vocabulary_.eos.size() == kMaxEndTokens)
      throw InputError(where_, "names too many end tokens for that of its chat template");
    vocabulary_.eos.push_back(token);
  }

  Vocabulary& vocabulary_;
  const std::string& where_;
};

}  // namespace

std::vector<std::string> chat_template_names() {
  std::vector<std::string> names;
  for (const Template& row : kTemplates) names.emplace_back(row.name);
  return names;
}

void set_chat_template(Vocabulary& vocabulary, std::string_view name, const std::string& where) {
  vocabulary.chat = {};
  const bool is_auto = name == "auto";
  if (name == "none" || (is_auto && vocabulary.chat_source.empty())) return;
  const auto found =
      std::ranges::find_if(kTemplates, [name](const Template& row) { return row.name == name; });
  TemplateFiller(vocabulary, where)
      .fill(is_auto ? recognize(vocabulary.chat_source, where) : *found);
}

}  // namespace nibble::offline
