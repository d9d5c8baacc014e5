// Load, test, encode, generate: the runtime's interface from end to end.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/image/reply.h"

#include <nibble/nibble.h>
#include <nibble/sampler.h>
#include <nibble/self_test.h>

#include "runtime/image/console.h"

namespace nibble::image {
namespace {

constexpr size_t kPieceRoomBytes = 64;

MutableBytes session_arena(const Request& request) {
  return request.working_arena.first(request.session_bytes);
}

MutableBytes sampler_workspace(const Request& request) {
  return request.working_arena.from(request.session_bytes);
}

void print_memory(const char* what, size_t used_bytes, size_t given_bytes) {
  print(what);
  print_number(used_bytes);
  print(" of ");
  print_number(given_bytes);
  print(" bytes\n");
}

/// How long a reply's decode steps took: what instructions per token are counted by.
class DecodeTime {
 public:
  Result<Span<const float>> decode(Session& session, Token token) {
    const uint64_t start = nibble_platform_ticks();
    const Result<Span<const float>> logits = session.decode(token);
    ticks_ += nibble_platform_ticks() - start;
    ++tokens_;
    return logits;
  }
  void print_line() const {
    print("\ndecode ");
    print_number(tokens_);
    print(" tokens, ");
    print_number(ticks_);
    print(" ticks");
  }

 private:
  uint64_t tokens_ = 0, ticks_ = 0;
};

/// The piece's whole characters; a piece too long for the room goes out in parts.
Status print_piece(TextStream& stream, Text piece) {
  char characters[TextStream::kMaxExpansion * (kPieceRoomBytes + 3)];
  while (!piece.empty()) {
    const size_t part = piece.size() < kPieceRoomBytes ? piece.size() : kPieceRoomBytes;
    const size_t written = NIBBLE_TRY(stream.push(piece.first(part), characters));
    print(Text(characters, written));
    piece = piece.from(part);
  }
  return {};
}

Status print_generated(const Request& request, Session& session, Span<const float> logits,
                       LogitsDigest& digest) {
  const Tokenizer& tokenizer = session.model().tokenizer();
  Sampler sampler = NIBBLE_TRY(Sampler::create(SamplerConfig{}, tokenizer.vocabulary(),
                                               session.kernels(), sampler_workspace(request)));
  TextStream stream(false);
  DecodeTime time;
  for (uint32_t count = 1;; ++count) {
    digest.add(logits);
    const Token token = sampler.pick(logits, session.history());
    if (tokenizer.is_end(token)) break;
    NIBBLE_TRY(print_piece(stream, tokenizer.piece(token)));
    if (count >= request.reply_tokens || session.position() == session.context_tokens()) break;
    logits = NIBBLE_TRY(time.decode(session, token));
  }
  char held[TextStream::kMaxExpansion * 4];
  const size_t written = NIBBLE_TRY(stream.flush(held));
  print(Text(held, written));
  time.print_line();
  return {};
}

/// The request's kernel set, null for the best of this CPU.
Result<const Kernels*> requested_kernels(const Request& request) {
  if (request.kernels.empty()) return nullptr;
  const Kernels* const kernels = kernels_named(request.kernels);
  if (kernels == nullptr) return Error::UnsupportedCpu;
  return kernels;
}

}  // namespace

Result<Session*> open_and_test(const Request& request) {
  const BlobSource source = BlobSource::from_memory(request.blob);
  const LoadNeeds needs = NIBBLE_TRY(Model::needs(source, Residency::Keep));
  print_memory("model arena ", needs.arena_bytes, request.model_arena.size());
  const Model* const model =
      NIBBLE_TRY(Model::load(source, Residency::Keep, request.model_arena, request.working_arena));

  SessionConfig config;
  config.context_tokens = request.context_tokens;
  config.batch_tokens = request.batch_tokens;
  config.kernels = NIBBLE_TRY(requested_kernels(request));
  print_memory("session arena ", NIBBLE_TRY(Session::arena_bytes(*model, config)),
               request.session_bytes);
  Session* const session = NIBBLE_TRY(Session::create(*model, config, session_arena(request)));
  print("kernels ");
  print(kernels_name(session->kernels()));
  print("\n");
  NIBBLE_TRY(run_self_test(*session, sampler_workspace(request)));
  print("self-test passed\n");
  return session;
}

Status print_reply(const Request& request, Session& session) {
  const Tokenizer& tokenizer = session.model().tokenizer();
  // The sampler is not made yet: its memory serves as the encoder's.
  const size_t count = NIBBLE_TRY(tokenizer.encode(
      request.prompt, EncodeMode::Prompt, request.prompt_tokens, sampler_workspace(request)));
  const Span<const float> logits = NIBBLE_TRY(session.prefill(request.prompt_tokens.first(count)));

  LogitsDigest digest;
  print("text ");
  print(request.prompt);
  NIBBLE_TRY(print_generated(request, session, logits, digest));
  uint8_t sha256[LogitsDigest::kBytes];
  digest.finish(sha256);
  print("\ndigest ");
  print_hex(Bytes(sha256));
  print("\n");
  return {};
}

}  // namespace nibble::image
