// Asks the runtime what it will carve, and adds it up.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/bill.h"

#include <algorithm>

#include "nibble_code_bytes.h"
#include "offline/host/failure_text.h"
#include "offline/host/host_memory.h"
#include "offline/host/loaded_model.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

std::string bill_error(const Bill& bill, uint64_t budget_bytes) {
  return "the model does not fit: " + grouped(bill.total()) + " bytes resident, " +
         grouped(bill.total() - budget_bytes) + " over the budget of " + grouped(budget_bytes) +
         "\n\n" + bill_text(bill, budget_bytes) +
         "\nFewer bits (--weights int4), a shorter --context, --kv int8 or --storage raw make it "
         "smaller; --budget none packs it anyway.";
}

void measure_session(const Model& model, const std::string& where, Bill& bill) {
  SessionConfig& config = bill.options.session;
  if (config.context_tokens == 0) config.context_tokens = model.shape().default_context_tokens;
  GeneratorConfig generator;
  generator.session = config;
  generator.prompt_bytes = bill.options.prompt_bytes;
  bill.session = value_or_throw(Generator::memory(model, generator), where);
}

}  // namespace

uint64_t Bill::working_bytes() const {
  return std::max<uint64_t>(scratch, sessions_bytes());
}

uint64_t Bill::total() const {
  return blob + model_arena + working_bytes() + *options.code_bytes + kStackBoundBytes;
}

Bill make_bill(const BlobSource& source, const BillOptions& options, const std::string& where) {
  Bill bill;
  bill.options = options;
  if (!options.residency) bill.options.residency = value_or_throw(natural_residency(source), where);
  if (!options.code_bytes) bill.options.code_bytes = kRuntimeCodeBytes;
  const Residency residency = *bill.options.residency;
  // A released blob is read in parts, so it is never resident as a whole.
  const BlobSource measured = residency == Residency::Keep ? source : part_wise(source);
  bill.blob = residency == Residency::Keep ? source.bytes : 0;
  bill.model = value_or_throw(Model::memory(measured, residency), where);
  const LoadNeeds needs = value_or_throw(Model::needs(measured, residency), where);
  bill.model_arena = needs.arena_bytes;
  bill.scratch = needs.scratch_bytes;

  const HostMemory arena(needs.arena_bytes), scratch(needs.scratch_bytes);
  const Model* const model =
      value_or_throw(Model::load(measured, residency, arena.bytes(), scratch.bytes()), where);
  measure_session(*model, where, bill);
  return bill;
}

OverBudget::OverBudget(const Bill& bill, uint64_t budget_bytes)
    : std::runtime_error(bill_error(bill, budget_bytes)) {}

}  // namespace nibble::offline
