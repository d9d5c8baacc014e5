// Source, program, weights, blob, self-test, memory plan, file: one after the other.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/pack/pack.h"

#include <algorithm>
#include <map>
#include <utility>

#include "offline/architectures/network.h"
#include "offline/blob/blob_writer.h"
#include "offline/blob/tokenizer_tables.h"
#include "offline/blob/weights_section.h"
#include "offline/files/output_file.h"
#include "offline/formats/chat_templates.h"
#include "offline/host/failure_text.h"
#include "offline/host/loaded_model.h"
#include "offline/pack/self_test_record.h"
#include "runtime/format/layout.h"
#include "runtime/tokenizer/bind_tokenizer.h"

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
      build_weights(network, quantizer, stage(options, "quantize"));
  contents.sections = {{{options.storage, tokenizer}, {options.storage, weights}}};
  return build_blob(contents, {.level = options.level, .progress = stage(options, "compress")});
}

/// Records the self-test and measures what the blob needs, both with the model loaded once.
PackedBlob finish(BlobBytes& blob, const SelfTestPlan& self_test, const PackOptions& options,
                  const std::string& where) {
  const Bytes bytes(blob.data(), blob.size());
  stage(options, "self-test")(0);
  const LoadedModel loaded(where, bytes);
  record_self_test(loaded, self_test, blob);
  stage(options, "self-test")(1);
  const MemoryPlan plan = make_memory_plan(loaded, {});
  if (options.budget_bytes && plan.total() > *options.budget_bytes) {
    throw OverBudget(plan, *options.budget_bytes);
  }
  const format::ManifestView manifest = open_manifest(bytes, where);
  PackedBlob packed;
  packed.identity = hex(manifest.identity());
  packed.summary = summarize(manifest);
  packed.plan = plan;
  return packed;
}

/// The section Tokenizer, chat template included.
BlobBytes tokenizer_tables(Vocabulary vocabulary, const PackOptions& options,
                           const std::string& where, format::Manifest& manifest) {
  set_chat_template(vocabulary, options.chat_template, where);
  return build_tokenizer_tables(vocabulary, manifest);
}

/// A blob on its way: what it says besides its weights, and the tokenizer it brings.
class Packing {
 public:
  Packing(const SourceModel& model, const Network& network, const std::string& method_text,
          const PackOptions& options, std::string where)
      : options_(options),
        source_(model.format + ", " + std::string(model.architecture->name)),
        where_(std::move(where)),
        contents_(describe(model, network, method_text, options.sessions)),
        tables_(tokenizer_tables(model.vocabulary, options, where_, contents_.manifest)),
        tokenizer_(value_or_throw(
            bind_tokenizer(contents_.manifest, {tables_.data(), tables_.size()}), where_)),
        self_test_(plan_self_test(tokenizer_, options.self_test_prompt, options.self_test_tokens,
                                  contents_.manifest.context_tokens)) {
    contents_.self_test_prompt = self_test_.prompt;
    contents_.self_test_generated.resize(self_test_.generated_count);
  }

  const Tokenizer& tokenizer() const { return tokenizer_; }

  PackedBlob write(const Network& network, const Quantizer& quantizer,
                   const std::filesystem::path& output) {
    BlobBytes blob = build(contents_, network, quantizer, tables_, options_);
    PackedBlob packed = finish(blob, self_test_, options_, where_);
    packed.source = source_;
    OutputFile file(output);
    file.write(std::as_bytes(std::span(blob)));
    file.commit();
    return packed;
  }

 private:
  const PackOptions& options_;
  std::string source_, where_;
  BlobContents contents_;
  BlobBytes tables_;
  Tokenizer tokenizer_;
  SelfTestPlan self_test_;
};

StoredMatrices stored_matrices(const Network& network) {
  StoredMatrices stored;
  for (const TensorPlan& plan : network.tensors) {
    if (!format::is_matrix(plan.scheme.type)) continue;
    const bool has_codes = format::is_quantized(plan.source->nearest_scheme().type);
    const bool is_kept = has_codes && plan.source->stored_scheme() == plan.scheme;
    if (has_codes) ++(is_kept ? stored.kept : stored.rounded);
  }
  return stored;
}

QuantizedNetwork quantize(const SourceModel& model, Network network, const Tokenizer& tokenizer,
                          const PackOptions& options) {
  CalibrationOptions calibration = options.calibration;
  if (calibration.texts.empty()) return {std::move(network), {}, {}};
  calibration.progress = options.progress;
  const TokenSamples samples = draw_for(model, tokenizer, calibration);
  return quantize_network(model, std::move(network), calibration_method(options.method), samples,
                          calibration, options.distillation);
}

}  // namespace

SchemeChoice PackOptions::schemes() const {
  return [all = weights, kept = stored, overrides = roles](format::Role role, uint16_t layer) {
    const auto found = overrides.find(role);
    if (found != overrides.end()) return found->second;
    return kept ? kept(role, layer) : all;
  };
}

SchemeChoice stored_schemes(const SourceModel& model) {
  std::map<std::pair<format::Role, uint16_t>, Scheme> schemes;
  bool has_codes = false;
  for (const TensorPlan& plan : model.compile_as_f16().tensors) {
    if (!format::is_matrix(plan.scheme.type)) continue;
    const Scheme nearest = plan.source->nearest_scheme();
    has_codes = has_codes || format::is_quantized(nearest.type);
    schemes.emplace(std::pair(plan.role, plan.layer), nearest);
  }
  if (!has_codes) return nullptr;
  return [schemes](format::Role role, uint16_t layer) { return schemes.at({role, layer}); };
}

PackedBlob pack_model(const SourceModel& model, const PackOptions& options,
                      const std::filesystem::path& output) {
  const CalibrationMethod& method = calibration_method(options.method);
  Network network = model.compile(options.schemes());
  const StoredMatrices stored = stored_matrices(network);
  Packing packing(model, network, method_text(method), options, output.string());
  QuantizedNetwork quantized = quantize(model, std::move(network), packing.tokenizer(), options);
  PackedBlob packed = packing.write(quantized.network, *make_quantizer(method.quantizer), output);
  packed.tensors = std::move(quantized.tensors);
  packed.distillation = quantized.distillation;
  packed.stored = stored;
  return packed;
}

PackedBlob pack_network(const SourceModel& model, const Network& network,
                        const std::string& method_text, const PackOptions& options,
                        const std::filesystem::path& output) {
  Packing packing(model, network, method_text, options, output.string());
  return packing.write(network, *make_quantizer(kDefaultQuantizer), output);
}

}  // namespace nibble::offline
