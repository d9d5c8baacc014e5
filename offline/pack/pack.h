// From a source model to a blob on disk, self-test included.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "offline/blob/contents.h"
#include "offline/calibrate/calibration.h"
#include "offline/pack/network_quantization.h"
#include "offline/report/blob_summary.h"
#include "offline/report/memory_plan.h"

namespace nibble::offline {

struct PackOptions {
  Scheme weights;                        ///< for roles without an override
  SchemeChoice stored;                   ///< if set: instead of `weights`; see stored_schemes()
  std::map<format::Role, Scheme> roles;  ///< overrides
  std::string method{kDefaultMethod};    ///< one of kCalibrationMethods
  CalibrationOptions calibration;        ///< its progress is that of `progress`, below
  DistillationOptions distillation;      ///< of methods that distill; on calibration's threads
  SessionDefaults sessions;
  format::Storage storage = format::Storage::Zstd;
  int level = 3;                       ///< zstd
  std::string chat_template = "auto";  ///< one of chat_template_names(), auto or none
  Budget budget_bytes = kDefaultBudgetBytes;
  std::string self_test_prompt = "Once upon a time";
  uint32_t self_test_tokens = 16;
  /// Called with a stage's name and its share done, 0 … 1.
  std::function<void(const std::string& stage, double done)> progress;

  /// `weights`, `stored` and `roles` as one function.
  SchemeChoice schemes() const;
};

/// What became of matrices that the source stores as codes.
struct StoredMatrices {
  uint32_t kept = 0;     ///< codes and scales went in unchanged
  uint32_t rounded = 0;  ///< rounded a second time
};

/// What was packed.
struct PackedBlob {
  std::string source;  ///< its format and architecture: "GGUF file, LlamaForCausalLM"
  StoredMatrices stored;
  std::string identity;  ///< SHA-256 of header and manifest, hexadecimal
  BlobSummary summary;
  MemoryPlan plan;                    ///< of one session with the blob's defaults
  std::vector<TensorReport> tensors;  ///< empty without calibration
  std::optional<DistillationResult> distillation;
};

/// For a source that is quantized already: of each matrix the scheme that loses least of what is
/// stored, which is its own where a blob has that. Null for a source of plain numbers.
SchemeChoice stored_schemes(const SourceModel& model);

/// Writes the blob whole or not at all (temporary file, fsync, rename). The same input and options
/// give the same bytes. The blob is loaded once, in memory, as a target would load it.
/// Without calibration texts the method's quantizer goes without statistics.
/// Throws InputError (the source, a calibration text), OverBudget, OutputError (the disk).
PackedBlob pack_model(const SourceModel& model, const PackOptions& options,
                      const std::filesystem::path& output);

/// The same of a network that was quantized before: every matrix's source holds codes in its
/// scheme, or its scheme is F16. The options of weights and calibration do not matter.
/// @param method_text  for the blob's string Quantization
PackedBlob pack_network(const SourceModel& model, const Network& network,
                        const std::string& method_text, const PackOptions& options,
                        const std::filesystem::path& output);

}  // namespace nibble::offline
