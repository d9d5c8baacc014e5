// From a source model to a blob on disk, self-test included.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "offline/formats/source_model.h"
#include "offline/quantize/quantizer.h"
#include "runtime/format/blob.h"

namespace nibble::offline {

struct PackOptions {
  Scheme weights;                            ///< for roles without an override
  std::map<format::Role, Scheme> roles;      ///< overrides
  std::string quantizer{kDefaultQuantizer};  ///< one of quantizer_names()
  StatisticsByTensor statistics;             ///< from calibration, for quantizers that use them
  format::KvType kv = format::KvType::F16;
  uint32_t context_tokens = 0;  ///< default context of a session; 0 = the model's own
  format::Storage storage = format::Storage::Zstd;
  int level = 3;                                       ///< zstd
  std::optional<uint64_t> budget_bytes = 100'000'000;  ///< none: any size
  std::string self_test_prompt = "Once upon a time";
  uint32_t self_test_tokens = 16;
  /// Called with a stage's name and its share done, 0 … 1.
  std::function<void(const std::string& stage, double done)> progress;
};

/// Writes the blob whole or not at all (temporary file, fsync, rename). The same input and options
/// give the same bytes. Throws InputError (source), OutputError (formats/output_file.h: the disk),
/// OverBudget (report/bill.h: make_bill() of the packed blob, with the bill in what()).
void pack_model(const SourceModel& model, const PackOptions& options,
                const std::filesystem::path& output);

}  // namespace nibble::offline
