// The C interface's batch: a GeneratorBatch, with arguments checked.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/generator_batch.h>
#include <nibble/nibble.h>

#include "runtime/c_api/configuration.h"
#include "runtime/c_api/convert.h"

using namespace nibble;
using namespace nibble::c_api;

namespace {

// A nibble_batch is a GeneratorBatch whose type C cannot name.
GeneratorBatch& batch_of(nibble_batch* batch) {
  return *reinterpret_cast<GeneratorBatch*>(batch);
}

Result<GeneratorBatch*> create(const Model& model, const nibble_options* options, uint32_t sessions,
                               MutableBytes arena) {
  Configuration configuration;
  NIBBLE_TRY(configuration.read(options, sessions));
  return GeneratorBatch::create(model, {.generator = configuration.value(), .generators = sessions},
                                arena);
}

}  // namespace

nibble_status nibble_batch_bytes(const nibble_model* model, const nibble_options* options,
                                 uint32_t sessions, size_t* out_bytes) {
  if (model == nullptr || out_bytes == nullptr) return NIBBLE_BAD_ARGUMENT;
  Configuration configuration;
  const Status read = configuration.read(options, sessions);
  if (!read.ok()) return status(read);
  return deliver(GeneratorBatch::arena_bytes(
                     model_of(model), {.generator = configuration.value(), .generators = sessions}),
                 out_bytes);
}

nibble_status nibble_batch_create(const nibble_model* model, const nibble_options* options,
                                  uint32_t sessions, void* arena, size_t arena_bytes,
                                  uint64_t* out_where, nibble_batch** out_batch) {
  if (model == nullptr || arena == nullptr || out_batch == nullptr) return bad_argument(out_where);
  const Result<GeneratorBatch*> made =
      create(model_of(model), options, sessions, memory_of(arena, arena_bytes));
  if (made.ok()) *out_batch = reinterpret_cast<nibble_batch*>(made.value());
  return status(made, out_where);
}

nibble_status nibble_batch_session(nibble_batch* batch, uint32_t index,
                                   nibble_session** out_session) {
  if (batch == nullptr || out_session == nullptr || index >= batch_of(batch).generator_count())
    return NIBBLE_BAD_ARGUMENT;
  *out_session = reinterpret_cast<nibble_session*>(&batch_of(batch).generator(index));
  return NIBBLE_OK;
}

nibble_status nibble_batch_step(nibble_batch* batch, uint64_t tile_budget) {
  if (batch == nullptr) return NIBBLE_BAD_ARGUMENT;
  return progress(batch_of(batch).step(tile_budget));
}
