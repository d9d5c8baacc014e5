// Prints what was packed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/pack_report.h"

#include <nlohmann/json.hpp>

#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

double ratio(const BlobSummary& summary) {
  return summary.stored_bytes == 0 ? 1
                                   : static_cast<double>(summary.uncompressed_bytes) /
                                         static_cast<double>(summary.stored_bytes);
}

nlohmann::ordered_json distillation_json(const PackedBlob& packed) {
  if (!packed.distillation) return nullptr;
  return {{"steps", packed.distillation->steps},
          {"start_divergence", packed.distillation->start_divergence},
          {"divergence", packed.distillation->divergence}};
}

}  // namespace

std::string pack_text(const std::string& path, const PackedBlob& packed) {
  const BlobSummary& summary = packed.summary;
  TextTable table({{""}, {""}});
  table.add_row({"source", packed.source});
  if (packed.stored.kept != 0) {
    table.add_row({"codes kept", std::to_string(packed.stored.kept) + " matrices, unchanged"});
  }
  if (packed.stored.rounded != 0) {
    table.add_row({"rounded again", std::to_string(packed.stored.rounded) +
                                        " matrices, which costs accuracy a second time; pack the "
                                        "original weights if you have them"});
  }
  table.add_row({"blob", path});
  table.add_row({"identity", packed.identity});
  table.add_row({"blob bytes", grouped(summary.blob_bytes)});
  table.add_row({"weights", grouped(summary.weights) + ", " + decimal(summary.bits_per_weight, 3) +
                                " bits each"});
  table.add_row({"uncompressed bytes", grouped(summary.uncompressed_bytes)});
  table.add_row(
      {"stored bytes", grouped(summary.stored_bytes) + ", ratio " + decimal(ratio(summary), 3)});
  if (const auto& distillation = packed.distillation) {
    table.add_row({"distilled", grouped(distillation->steps) + " steps, validation divergence " +
                                    decimal(distillation->start_divergence, 5) + " to " +
                                    decimal(distillation->divergence, 5)});
  }
  table.add_row({"memory bill", grouped(packed.plan.total()) + " bytes, context " +
                                    std::to_string(packed.plan.options.session.context_tokens)});
  return table.text();
}

nlohmann::ordered_json pack_json(const std::string& path, const PackedBlob& packed,
                                 const Budget& budget) {
  const BlobSummary& summary = packed.summary;
  return {{"source", packed.source},
          {"codes_kept", packed.stored.kept},
          {"rounded_again", packed.stored.rounded},
          {"blob", path},
          {"identity", packed.identity},
          {"blob_bytes", summary.blob_bytes},
          {"weights", summary.weights},
          {"bits_per_weight", summary.bits_per_weight},
          {"uncompressed_bytes", summary.uncompressed_bytes},
          {"stored_bytes", summary.stored_bytes},
          {"ratio", ratio(summary)},
          {"distillation", distillation_json(packed)},
          {"bill", memory_plan_json(packed.plan, budget)}};
}

}  // namespace nibble::offline
