// nibble tokenize, nibble detokenize: the runtime's own tokenizer, to look at and to test against.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <charconv>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "offline/cli/command.h"
#include "offline/cli/standard_input.h"
#include "offline/cli/standard_output.h"
#include "offline/cli/tokenizer_source.h"
#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/host/failure_text.h"

namespace nibble::offline {
namespace {

struct TokenizeArguments {
  std::string source, file;
  std::optional<std::string> text;
  bool pieces = false, json = false, no_bos = false, parse_special = false;
};

struct DetokenizeArguments {
  std::string source;
  std::vector<std::string> tokens;
};

std::string standard_input() {
  return read_all(std::cin, kMaxTextBytes, "no tokenizer takes that");
}

std::string text_of(const TokenizeArguments& arguments) {
  if (arguments.text && !arguments.file.empty())
    throw UsageError("--file: give a text or a file, not both");
  if (arguments.text) return *arguments.text;
  return arguments.file.empty() ? standard_input() : read_input_file(arguments.file, kMaxTextBytes);
}

std::string piece_text(const Tokenizer& tokenizer, Token token) {
  const Text piece = tokenizer.piece(token);
  return {piece.data(), piece.size()};
}

/// Bytes that are no text of their own become U+FFFD.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void run_tokenize(const TokenizeArguments& arguments) {
  const std::string text = text_of(arguments);
  const TokenizerSource source(arguments.source);
  const Tokenizer& tokenizer = source.tokenizer();
  const TextPart part{{text.data(), text.size()}, arguments.parse_special};
  const EncodeMode mode = arguments.no_bos ? EncodeMode::WholeText : EncodeMode::Prompt;
  const std::vector<Token> tokens = encode(tokenizer, Span<const TextPart>(&part, 1), mode);

  if (arguments.json) {
    nlohmann::ordered_json pieces = nlohmann::ordered_json::array();
    for (const Token token : tokens)
      pieces.push_back(nlohmann::ordered_json::parse(quoted(piece_text(tokenizer, token))));
    return print_json({{"tokens", tokens.size()}, {"ids", tokens}, {"pieces", pieces}});
  }
  std::string lines;
  for (const Token token : tokens) {
    const std::string id = std::to_string(token);
    if (arguments.pieces)
      lines += id + '\t' + quoted(piece_text(tokenizer, token)) + '\n';
    else
      lines += (lines.empty() ? "" : " ") + id;
  }
  print(arguments.pieces ? lines : lines + "\n");
}

std::vector<Token> read_tokens(const std::vector<std::string>& words, uint32_t vocabulary) {
  std::vector<Token> tokens;
  for (const std::string& word : words) {
    Token token = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), token);
    if (error != std::errc() || end != word.data() + word.size() || token >= vocabulary) {
      throw InputError("token", "'" + word + "' is no number below " + std::to_string(vocabulary));
    }
    tokens.push_back(token);
  }
  return tokens;
}

/// Whole characters; what is none becomes U+FFFD.
void run_detokenize(const DetokenizeArguments& arguments) {
  std::vector<std::string> words = arguments.tokens;
  if (words.empty()) {
    std::istringstream text(standard_input());
    words.assign(std::istream_iterator<std::string>(text), {});
  }
  const TokenizerSource source(arguments.source);
  const Tokenizer& tokenizer = source.tokenizer();
  TextStream stream(tokenizer.adds_prefix());
  std::vector<char> room(TextStream::room_bytes(tokenizer.longest_piece_bytes()));
  const Span<char> out(room.data(), room.size());
  for (const Token token : read_tokens(words, tokenizer.vocabulary())) {
    const size_t bytes = value_or_throw(stream.push(tokenizer.piece(token), out), "text");
    print({room.data(), bytes});
  }
  print({room.data(), value_or_throw(stream.flush(out), "text")});
}

constexpr const char* kSource = "A blob, a source of nibble pack, or tokenizer.json or .model";

}  // namespace

void add_tokenize_command(CLI::App& app, ExitStatus&) {
  auto arguments = std::make_shared<TokenizeArguments>();
  CLI::App& command = *app.add_subcommand("tokenize", "Show the tokens of a text");
  command.add_option("SOURCE", arguments->source, kSource)->required();
  command.add_option("TEXT", arguments->text, "The text; default: standard input, as it is");
  command.add_option("--file", arguments->file, "Take the text from this file");
  command.add_flag("--pieces", arguments->pieces, "One token per line, with its text");
  command.add_flag("--no-bos", arguments->no_bos, "Without begin-of-text and end-of-text tokens");
  command.add_flag("--parse-special", arguments->parse_special,
                   "Let the text spell control tokens");
  command.add_flag("--json", arguments->json, "Print ids and pieces as JSON");
  command.callback([arguments] { run_tokenize(*arguments); });
}

void add_detokenize_command(CLI::App& app, ExitStatus&) {
  auto arguments = std::make_shared<DetokenizeArguments>();
  CLI::App& command = *app.add_subcommand("detokenize", "Show the text of tokens");
  command.add_option("SOURCE", arguments->source, kSource)->required();
  command.add_option("IDS", arguments->tokens, "The tokens; default: standard input");
  command.callback([arguments] { run_detokenize(*arguments); });
}

}  // namespace nibble::offline
