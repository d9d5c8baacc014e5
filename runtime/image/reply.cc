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

/// How long a reply's decode passes took: what instructions per token are counted by.
class DecodeTime {
 public:
  Status compute(Generator& generator) {
    const uint64_t start = port_ticks();
    NIBBLE_TRY(generator.step(Session::kAllTiles));
    ticks_ += port_ticks() - start;
    ++tokens_;
    return {};
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

/// @pre the prompt is computed
Status print_generated(Generator& generator, LogitsDigest& digest) {
  DecodeTime time;
  for (;;) {
    const ReplyPart part = NIBBLE_TRY(generator.next());
    digest.add(NIBBLE_TRY(generator.session().logits()));
    print(part.text);
    if (part.end != EndReason::None) break;
    NIBBLE_TRY(time.compute(generator));
  }
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

Result<const Model*> load(const Request& request) {
  const BlobSource source = BlobSource::from_memory(request.blob);
  const LoadNeeds needs = NIBBLE_TRY(Model::needs(source, Residency::Keep));
  print_memory("model arena ", needs.arena_bytes, request.model_arena.size());
  return Model::load(source, Residency::Keep, request.model_arena, request.working_arena);
}

}  // namespace

Result<Generator*> open_generator(const Request& request) {
  const Model& model = *NIBBLE_TRY(load(request));
  GeneratorConfig config;
  config.session.context_tokens = request.context_tokens;
  config.session.batch_tokens = request.batch_tokens;
  config.session.kernels = NIBBLE_TRY(requested_kernels(request));
  config.prompt_bytes = request.prompt.size();
  config.max_tokens = request.reply_tokens;
  print_memory("session arena ", NIBBLE_TRY(Generator::arena_bytes(model, config)),
               request.generator_bytes);
  const MutableBytes arena = request.working_arena.first(request.generator_bytes);
  Generator* const generator = NIBBLE_TRY(Generator::create(model, config, arena));
  print("kernels ");
  print(kernels_name(generator->session().kernels()));
  print("\n");
  return generator;
}

Status run_self_test(Generator& generator) {
  NIBBLE_TRY(generator.self_test());
  print("self-test passed\n");
  return {};
}

Status print_reply(const Request& request, Generator& generator) {
  NIBBLE_TRY(generator.prompt(request.prompt));
  NIBBLE_TRY(generator.step(Session::kAllTiles));

  LogitsDigest digest;
  print("text ");
  print(request.prompt);
  NIBBLE_TRY(print_generated(generator, digest));
  uint8_t sha256[LogitsDigest::kBytes];
  digest.finish(sha256);
  print("\ndigest ");
  print_hex(Bytes(sha256));
  print("\n");
  return {};
}

}  // namespace nibble::image
