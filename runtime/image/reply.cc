// Load, test, generate: the runtime's interface from end to end.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/image/reply.h"

#include <nibble/self_test.h>

#include "runtime/image/console.h"
#include "runtime/ports/port.h"

namespace nibble::image {
namespace {

void print_memory(const char* what, size_t used_bytes, size_t given_bytes) {
  print(what);
  print_number(used_bytes);
  print(" of ");
  print_number(given_bytes);
  print(" bytes\n");
}

/// How long the passes took behind the first token: what instructions per token are counted by.
class DecodeTime {
 public:
  Result<Progress> step(GeneratorBatch& batch, bool counts) {
    const uint64_t start = port_ticks();
    const Progress progress = NIBBLE_TRY(batch.step(Session::kAllTiles));
    if (counts) ticks_ += port_ticks() - start;
    if (counts) ++tokens_;
    return progress;
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

/// Draws from whoever is ready; the first session's text is the one that is printed.
Status draw(GeneratorBatch& batch, LogitsDigest (&digests)[kMostSessions]) {
  for (uint32_t i = 0; i < batch.generator_count(); ++i) {
    Generator& generator = batch.generator(i);
    if (!generator.is_ready()) continue;
    const ReplyPart part = NIBBLE_TRY(generator.next());
    digests[i].add(NIBBLE_TRY(generator.session().logits()));
    if (i == 0) print(part.text);
  }
  return {};
}

void print_digest(uint32_t session, LogitsDigest& digest) {
  uint8_t sha256[LogitsDigest::kBytes];
  digest.finish(sha256);
  print("\n");
  if (session != 0) {
    print("session ");
    print_number(session);
    print(" ");
  }
  print("digest ");
  print_hex(Bytes(sha256));
}

/// The request's kernel set, null for the best of this CPU.
Result<const Kernels*> requested_kernels(const Request& request) {
  if (request.kernels.empty()) return nullptr;
  const Kernels* const kernels = kernels_named(request.kernels);
  if (kernels == nullptr) return Error::UnsupportedCpu;
  return kernels;
}

Result<const Model*> load(const Request& request) {
  const BlobSource source = BlobSource::from_memory(request.blob);
  const LoadNeeds needs = NIBBLE_TRY(Model::needs(source, Residency::Keep));
  print_memory("model arena ", needs.arena_bytes, request.model_arena.size());
  return Model::load(source, Residency::Keep, request.model_arena, request.working_arena);
}

}  // namespace

Result<GeneratorBatch*> open_generators(const Request& request) {
  const Model& model = *NIBBLE_TRY(load(request));
  GeneratorBatchConfig config;
  config.generator.session.context_tokens = request.context_tokens;
  config.generator.session.batch_tokens = request.batch_tokens;
  config.generator.session.kernels = NIBBLE_TRY(requested_kernels(request));
  config.generator.prompt_bytes = request.prompt.size();
  config.generator.max_tokens = request.reply_tokens;
  config.generators = request.sessions;
  print_memory("session arena ", NIBBLE_TRY(GeneratorBatch::arena_bytes(model, config)),
               request.generator_bytes);
  const MutableBytes arena = request.working_arena.first(request.generator_bytes);
  GeneratorBatch* const batch = NIBBLE_TRY(GeneratorBatch::create(model, config, arena));
  print("kernels ");
  print(kernels_name(batch->generator(0).session().kernels()));
  print("\n");
  return batch;
}

Status run_self_test(Generator& generator) {
  NIBBLE_TRY(generator.self_test());
  print("self-test passed\n");
  return {};
}

Status print_replies(const Request& request, GeneratorBatch& batch) {
  LogitsDigest digests[kMostSessions];
  DecodeTime time;
  print("text ");
  print(request.prompt);
  for (uint32_t step = 0;; ++step) {
    if (step < batch.generator_count()) NIBBLE_TRY(batch.generator(step).prompt(request.prompt));
    const Result<Progress> progress = time.step(batch, step != 0);
    if (progress.error() == Error::NothingToDo) break;
    NIBBLE_TRY(progress);
    NIBBLE_TRY(draw(batch, digests));
  }
  time.print_line();
  for (uint32_t i = 0; i < batch.generator_count(); ++i) print_digest(i, digests[i]);
  print("\n");
  return {};
}

}  // namespace nibble::image
