// Values of options that are more than a word or a number: byte counts, schemes, kernel sets.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/sampler.h>

#include <CLI/CLI.hpp>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "offline/quantize/quantizer.h"
#include "runtime/format/blob.h"
#include "runtime/kernels/kernels.h"

namespace nibble::offline {

/// Of one measurement: every run keeps its samples.
constexpr uint32_t kMaxRuns = 10'000;

/// Refuses what is no whole number of the range, and names the range. CLI11's own check takes -1
/// for the largest number there is.
CLI::Validator whole_number(uint64_t smallest,
                            uint64_t largest = std::numeric_limits<uint64_t>::max());

/// Takes "2%" for 2.
CLI::Validator percent();

/// "100MB" (1 MB = 1,000,000 bytes), "64MiB", "4096". Throws UsageError, naming the option.
uint64_t parse_bytes(const std::string& option, const std::string& text);
/// The same of --budget, where "none" is no limit.
std::optional<uint64_t> parse_budget(const std::string& text);
/// The shortest text that parse_budget() takes for a number of bytes: "100MB".
std::string byte_count_text(uint64_t bytes);

/// What --weights, --group, --asymmetric and --role say together.
struct SchemeOptions {
  std::string weights = "auto";  ///< auto, int4, int8, f16 or mixed
  uint32_t group = 128;
  bool asymmetric = false;
  std::vector<std::string> roles;  ///< "ffn=int4:32"
};

struct Schemes {
  /// A source that is quantized already keeps its schemes; `weights` is for others.
  bool keeps_stored = false;
  Scheme weights;
  std::map<format::Role, Scheme> roles;
};

/// Later roles win over earlier ones, and --role over mixed. Throws UsageError, naming the option.
Schemes parse_schemes(const SchemeOptions& options);

/// Names of all cache types, the one with the most bits first.
std::vector<std::string> kv_type_names();
/// Throws UsageError, naming all types, when there is none of this name.
format::KvType parse_kv_type(const std::string& name);

/// "auto" is null: the best this CPU runs. Throws UsageError, naming the sets there are, when the
/// set is not in this build or the CPU lacks what it needs.
const Kernels* parse_kernels(const std::string& name);

/// A decimal number with at most three places, in thousandths. Throws UsageError, naming `option`
/// and the range, when the text is no such number or is outside the range.
uint32_t parse_milli(const std::string& option, const std::string& text, const MilliRange& range);

}  // namespace nibble::offline
