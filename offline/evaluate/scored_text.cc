// One text is tokenized for all models, so all must tokenize it alike.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/scored_text.h"

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/text.h"

namespace nibble::offline {
namespace {

void require_same_vocabulary(std::span<const LoadedModel* const> models, const std::string& text,
                             const std::vector<Token>& tokens) {
  const Tokenizer& first = models[0]->model().tokenizer();
  for (const LoadedModel* const model : models) {
    const Tokenizer& tokenizer = model->model().tokenizer();
    if (tokenizer.vocabulary() != first.vocabulary() ||
        tokenizer.begin_of_text() != first.begin_of_text() ||
        encode(tokenizer, text, EncodeMode::WholeText) != tokens) {
      throw InputError(model->name(), "tokenizes the text differently from " + models[0]->name() +
                                          "; evaluate them one by one");
    }
  }
}

}  // namespace

ScoredText read_scored_text(const std::filesystem::path& path,
                            std::span<const LoadedModel* const> models,
                            const ScoreProtocol& protocol) {
  const std::string text = read_input_file(path, kMaxTextBytes);
  ScoredText read;
  read.tokens = encode(models[0]->model().tokenizer(), text, EncodeMode::WholeText);
  require_same_vocabulary(models, text, read.tokens);
  if (read.tokens.size() < protocol.text_tokens()) {
    throw InputError(path.string(), "has " + std::to_string(read.tokens.size()) +
                                        " tokens, less than a window; give a smaller --window");
  }
  read.sha256 = sha256_hex(text);
  return read;
}

}  // namespace nibble::offline
