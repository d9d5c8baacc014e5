// Guesses the bytes of weights from sizes of files, and the time from bytes of weights.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/tune_estimate.h"

#include <algorithm>
#include <filesystem>

#include "offline/quantize/quantizer.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

/// Where weights are read from memory by one thread; other machines do some times as much.
constexpr double kBytesPerSecond = 4e9;
constexpr double kTokensPerPass = 16;
/// What another request in a pass costs, of the first one's time.
constexpr double kRequestShare = 0.25;
constexpr double kProcessSeconds = 0.05;

double size_of(const fs::path& path) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    const auto bytes = fs::file_size(path, error);
    return error ? 0 : static_cast<double>(bytes);
  }
  double bytes = 0;
  for (fs::directory_iterator file(path, error), end; !error && file != end; file.increment(error))
    if (file->path().extension() == ".safetensors") bytes += size_of(file->path());
  return bytes;
}

/// Of a blob; of one to be packed by the source, which mostly has two bytes per weight.
double weight_bytes(const TuneBlob& blob) {
  if (blob.is_packed) return size_of(blob.path);
  const format::TensorType type = blob.pack->pack_options().weights.type;
  const double bytes_per_weight = type == format::TensorType::F16    ? 2
                                  : type == format::TensorType::Int8 ? 1
                                                                     : 0.55;
  return size_of(blob.source) / 2 * bytes_per_weight;
}

double cell_seconds(const TuneArguments& arguments, double bytes, uint32_t batch_size) {
  const RequestPlan& requests = arguments.requests;
  const double batch = batch_size;
  const double passes = batch * requests.prompt_tokens / kTokensPerPass * 3 +
                        requests.new_tokens * (1 + kRequestShare * (batch - 1));
  const uint32_t processes = std::min(arguments.rounds, requests.runs);
  const double runs = requests.runs + static_cast<double>(processes) * requests.warmups;
  return runs * passes * bytes / kBytesPerSecond + processes * kProcessSeconds;
}

std::string state_of(const TuneBlob& blob) {
  if (blob.pack == nullptr) return "given";
  return blob.is_packed ? "packed already" : "to pack";
}

std::string duration(double seconds) {
  if (seconds < 90) return decimal(seconds, 0) + " s";
  return seconds < 5400 ? decimal(seconds / 60, 0) + " min" : decimal(seconds / 3600, 1) + " h";
}

}  // namespace

std::string tune_estimate(const TuneArguments& arguments, const std::vector<TuneBlob>& blobs) {
  TextTable table({{"variant"},
                   {"batch size", Align::Right},
                   {"threads", Align::Right},
                   {"blob"},
                   {"about", Align::Right},
                   {"of"}});
  double seconds = 0;
  for (const TuneBlob& blob : blobs) {
    for (const uint32_t threads : arguments.threads) {
      for (const uint32_t batch_size : arguments.batch_sizes) {
        const double cell = cell_seconds(arguments, weight_bytes(blob), batch_size);
        table.add_row({blob.variant, std::to_string(batch_size), std::to_string(threads),
                       state_of(blob), duration(cell),
                       (blob.pack == nullptr ? blob.path : blob.source).string()});
        seconds += cell;
      }
    }
  }
  const RequestPlan& requests = arguments.requests;
  return table.text() + "each cell: " + std::to_string(requests.runs) + " runs in " +
         std::to_string(std::min(arguments.rounds, requests.runs)) + " processes, each after " +
         std::to_string(requests.warmups) + " warm-ups; " + std::to_string(requests.prompt_tokens) +
         " + " + std::to_string(requests.new_tokens) + " tokens per request\n" +
         "estimate: about " + duration(seconds) +
         ", without packing, --text and --obedience; it is rough, since nothing was measured\n";
}

}  // namespace nibble::offline
