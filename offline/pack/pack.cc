// Source, program, weights, blob, self-test, bill, file: one after the other.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/pack/pack.h"

#include "offline/architectures/network.h"
#include "offline/blob/blob_writer.h"
#include "offline/blob/tokenizer_tables.h"
#include "offline/files/output_file.h"
#include "offline/host/failure_text.h"
#include "offline/pack/contents.h"
#include "offline/pack/self_test_record.h"
#include "offline/blob/weights_section.h"
#include "offline/report/bill.h"
#include "runtime/tokenizer/tables.h"

namespace nibble::offline {
namespace {

std::function<void(double)> stage(const PackOptions& options, const char* name) {
  return [&options, name](double done) {
    if (options.progress) options.progress(name, done);
  };
}

/// Weights exist only until the blob holds them.
BlobBytes build(BlobContents& contents, const Network& network, const Quantizer& quantizer,
                std::span<const uint8_t> tokenizer, const PackOptions& options) {
  const std::vector<uint8_t> weights =
      build_weights(network, {quantizer, options.statistics}, stage(options, "quantize"));
  contents.sections = {SectionSource::from_bytes(options.storage, tokenizer),
                       SectionSource::from_bytes(options.storage, weights)};
  return build_blob(contents, {.level = options.level, .progress = stage(options, "compress")});
}

void check_budget(const BlobBytes& blob, const PackOptions& options, const std::string& where) {
  if (!options.budget_bytes) return;
  const Bill bill =
      make_bill(BlobSource::from_memory({blob.data(), blob.size()}), BillOptions{}, where);
  if (bill.total() > *options.budget_bytes) throw OverBudget(bill, *options.budget_bytes);
}

}  // namespace

void pack_model(const SourceModel& model, const PackOptions& options,
                const std::filesystem::path& output) {
  const std::string where = output.string();
  const std::unique_ptr<Quantizer> quantizer = make_quantizer(options.quantizer);
  const Network network = compile_llama(model, scheme_choice(options));
  BlobContents contents = describe(model, network, options, *quantizer);

  const BlobBytes tables = build_tokenizer_tables(model.vocabulary, contents.manifest);
  const Tokenizer tokenizer =
      value_or_throw(bind_tokenizer(contents.manifest, {tables.data(), tables.size()}), where);
  const SelfTestPlan self_test =
      plan_self_test(tokenizer, options.self_test_prompt, options.self_test_tokens,
                     contents.manifest.context_tokens);
  contents.self_test_prompt = self_test.prompt;
  contents.self_test_generated.resize(self_test.generated_count);

  BlobBytes blob = build(contents, network, *quantizer, tables, options);
  stage(options, "self-test")(0);
  record_self_test(blob, self_test, where);
  stage(options, "self-test")(1);
  check_budget(blob, options, where);
  OutputFile file(output);
  file.write(std::as_bytes(std::span(blob)));
  file.commit();
}

}  // namespace nibble::offline
