// Continues a prompt with a blob, through the C++ interface: hello MODEL.nbl PROMPT.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/sampler.h>
#include <nibble/session.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string_view>

using namespace nibble;

// Arenas start on a cache line. They live as long as the program here.
static MutableBytes allocate(size_t bytes) {
  const size_t whole_lines = (bytes + 63) / 64 * 64;
  return {static_cast<uint8_t*>(std::aligned_alloc(64, whole_lines)), whole_lines};
}

static Status say(const char* path, std::string_view prompt) {
  const size_t bytes = std::filesystem::file_size(path);
  const MutableBytes blob = allocate(bytes);
  std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(blob.data()), bytes);

  const BlobSource source = BlobSource::from_memory(blob.first(bytes));
  const LoadNeeds needs = NIBBLE_TRY(Model::needs(source, Residency::Keep));
  const Model& model = *NIBBLE_TRY(Model::load(source, Residency::Keep, allocate(needs.arena_bytes),
                                               allocate(needs.scratch_bytes)));
  const size_t session_bytes = NIBBLE_TRY(Session::arena_bytes(model, {}));
  Session& session = *NIBBLE_TRY(Session::create(model, {}, allocate(session_bytes)));
  const uint32_t vocabulary = model.shape().vocabulary;
  const size_t sampler_bytes = NIBBLE_TRY(Sampler::workspace_bytes(vocabulary));
  Sampler sampler =
      NIBBLE_TRY(Sampler::create({}, vocabulary, session.kernels(), allocate(sampler_bytes)));

  Token tokens[256];
  const size_t workspace_bytes = NIBBLE_TRY(Tokenizer::workspace_bytes(prompt.size()));
  const size_t count = NIBBLE_TRY(model.tokenizer().encode(
      {prompt.data(), prompt.size()}, EncodeMode::Prompt, tokens, allocate(workspace_bytes)));
  Span<const float> logits = NIBBLE_TRY(session.prefill({tokens, count}));
  for (int tokens_left = 64; tokens_left > 0; --tokens_left) {
    const Token token = sampler.pick(logits, session.history());
    if (model.tokenizer().is_end(token)) break;
    const Text piece = model.tokenizer().piece(token);
    std::fwrite(piece.data(), 1, piece.size(), stdout);
    logits = NIBBLE_TRY(session.decode(token));
  }
  return {};
}

int main(int argument_count, char** arguments) {
  if (argument_count != 3) return 2;
  const Status status = say(arguments[1], arguments[2]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", error_text(status.error()));
  return status.ok() ? 0 : 1;
}
