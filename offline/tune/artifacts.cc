// Six files, of which each report repeats what the others need to be understood alone.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/artifacts.h"

#include <nlohmann/json.hpp>

#include "offline/checkpoint/gptq_checkpoint.h"
#include "offline/evaluate/score_json.h"
#include "offline/files/json_file.h"
#include "offline/files/mapped_file.h"
#include "offline/files/output_file.h"
#include "offline/files/text.h"
#include "offline/report/names.h"
#include "offline/tune/speed_comparison.h"
#include "offline/tune/trial_json.h"
#include "runtime/kernels/kernels.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 1;

void write_json(const std::filesystem::path& path, const Json& json) {
  write_output_file(path, json_text(json));
}

Json model_json(const Provenance& provenance) {
  return {{"name", provenance.name},
          {"license", provenance.license},
          {"source", provenance.source},
          {"source_sha256", provenance.source_sha256}};
}

Json calibration_json(const CalibrationOptions& calibration, const Variant& chosen) {
  Json texts = Json::array();
  for (const std::filesystem::path& text : calibration.texts) {
    texts.push_back({{"file", text.filename().string()}, {"sha256", sha256_of_file(text)}});
  }
  return {{"texts", texts},
          {"samples", chosen.samples},
          {"sample_tokens", calibration.sample_tokens},
          {"seed", calibration.seed},
          {"correction", chosen.correction}};
}

Json accuracy_json(const ArtifactContents& contents, const Variant& chosen) {
  return {{"max_loss_percent", contents.max_loss_percent},
          {"loss", verdict_name(chosen.verdict)},
          {"loss_percent", chosen.loss_percent()},
          {"upper_loss_percent", chosen.upper_loss_percent()},
          {"likelihood", likelihood_json(chosen.score->likelihood)},
          {"distance", distance_json(*chosen.score->distance)}};
}

Json validation_json(const ArtifactContents& contents) {
  return {{"text",
           {{"file", contents.validation_text.filename().string()},
            {"sha256", contents.validation.text_sha256()}}},
          {"protocol", protocol_json(contents.validation.protocol())}};
}

Json sizes_json(const ArtifactContents& contents, const BlobSummary& summary) {
  const uint64_t f16_bytes = contents.validation.reference().blob_bytes();
  return {{"blob_bytes", summary.blob_bytes},
          {"uncompressed_bytes", summary.uncompressed_bytes},
          {"bits_per_weight", summary.bits_per_weight},
          {"f16_blob_bytes", f16_bytes},
          {"f16_ratio", static_cast<double>(f16_bytes) / static_cast<double>(summary.blob_bytes)}};
}

Json scheme_json(const Network& network) {
  Json schemes = Json::object();
  for (const TensorPlan& plan : network.tensors) {
    schemes[plan.name] = scheme_name(plan.scheme.type, plan.scheme.group);
  }
  return schemes;
}

class ArtifactWriter {
 public:
  ArtifactWriter(const ArtifactContents& contents, const std::filesystem::path& folder)
      : contents_(contents), chosen_(*contents.trials.chosen()), folder_(folder) {}

  PackedBlob write() {
    const PackedBlob packed = pack_network(contents_.model, chosen_.network,
                                           method_text(calibration_method(chosen_.method)),
                                           contents_.options, folder_ / "model.nbl");
    write_gptq_tensors(chosen_.network, folder_ / "model.safetensors");
    write_settings();
    write_json(folder_ / "quantization_summary.json", summary());
    write_json(folder_ / "validation_report.json", report(packed));
    folder_.commit();
    return packed;
  }

 private:
  Json header(const char* schema) const {
    return {{"schema", schema},
            {"schema_version", kSchemaVersion},
            {"tool", contents_.tool},
            {"model", model_json(contents_.model.provenance)}};
  }

  void write_settings() const {
    const Json settings = gptq_settings(chosen_.network, contents_.tool);
    write_json(folder_ / "quantization_config.json", settings);
    Json config = read_json_file(contents_.source_folder / "config.json");
    config["torch_dtype"] = "float16";
    config["quantization_config"] = settings;
    write_json(folder_ / "config.json", config);
  }

  Json summary() const {
    Json json = header("nibble quantization summary");
    json["max_loss_percent"] = contents_.max_loss_percent;
    json["validation"] = validation_json(contents_);
    json.update(trials_json(contents_.trials));
    return json;
  }

  Json report(const PackedBlob& packed) const {
    const LoadedModel quantized(folder_ / "model.nbl");
    const HostSession session(quantized, contents_.session);
    Json json = header("nibble validation report");
    json["method"] = {{"name", chosen_.name},
                      {"method", chosen_.method},
                      {"calibration", calibration_json(contents_.options.calibration, chosen_)},
                      {"schemes", scheme_json(chosen_.network)}};
    json["validation"] = validation_json(contents_);
    json["accuracy"] = accuracy_json(contents_, chosen_);
    json["sizes"] = sizes_json(contents_, packed.summary);
    json["speed"] =
        speed_json(compare_speeds(quantized, contents_.validation.reference(), contents_.session),
                   session->kernels().name);
    json["digests"] = digests(packed);
    return json;
  }

  Json digests(const PackedBlob& packed) const {
    Json json{{"identity", packed.identity}};
    for (const char* const file : {"model.nbl", "model.safetensors", "config.json",
                                   "quantization_config.json", "quantization_summary.json"}) {
      json[file] = sha256_of_file(folder_ / file);
    }
    return json;
  }

  const ArtifactContents& contents_;
  const Variant& chosen_;
  OutputFolder folder_;
};

}  // namespace

PackedBlob write_artifacts(const ArtifactContents& contents, const std::filesystem::path& folder) {
  return ArtifactWriter(contents, folder).write();
}

}  // namespace nibble::offline
