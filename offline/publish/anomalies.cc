// Looks at each cell, then at the matrix.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/anomalies.h"

#include <map>
#include <set>
#include <sstream>

#include "offline/evaluate/reply_checks.h"
#include "offline/publish/figures.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

std::string cell_name(const ResultCell& cell) {
  return cell.variant + ", batch " + std::to_string(cell.batch_size) + ", " +
         std::to_string(cell.threads) + (cell.threads == 1 ? " thread" : " threads");
}

class Anomalies {
 public:
  explicit Anomalies(const CellGroup& group) : group_(group) {}

  std::vector<std::string> find() {
    for (const CellFigures& figures : figures_of(group_)) {
      look_at_bill(*figures.cell);
      look_at_speed(figures);
    }
    for (const std::string& variant : variants_of(group_)) look_at_memory(variant);
    for (const std::string& variant : variants_of(group_)) look_at_samples(variant);
    look_for_holes();
    return std::move(found_);
  }

 private:
  void look_at_bill(const ResultCell& cell) {
    const MemoryParts& bill = cell.bill;
    if (bill.weights_bytes + bill.cache_bytes + bill.activations_bytes == bill.total_bytes) return;
    found_.push_back(cell_name(cell) + ": the parts of the memory bill do not add up to its total");
  }

  /// Names the variant's cell that is furthest above its bill: the others say the same.
  void look_at_memory(const std::string& variant) {
    const ResultCell* worst = nullptr;
    uint64_t most_bytes = 0;
    for (const ResultCell& cell : group_.cells) {
      if (cell.variant != variant || cell.peak_rss_bytes <= cell.bill.total_bytes) continue;
      const uint64_t bytes = cell.peak_rss_bytes - cell.bill.total_bytes;
      if (bytes <= most_bytes) continue;
      most_bytes = bytes;
      worst = &cell;
    }
    if (worst == nullptr) return;
    found_.push_back(cell_name(*worst) + ": the process took " + megabytes(worst->peak_rss_bytes) +
                     ", " + megabytes(most_bytes) +
                     " above the bill; the host's program and its libraries are part of it");
  }

  void look_at_speed(const CellFigures& figures) {
    if (!figures.decode_speedup || *figures.decode_speedup >= 1) return;
    found_.push_back(cell_name(*figures.cell) + ": decoding is slower than " + kReferenceVariant +
                     "'s, " + decimal(*figures.decode_speedup, 2) + " times as fast");
  }

  /// Cells of one blob have the same samples.
  void look_at_samples(const std::string& variant) {
    const ResultCell& cell = main_cell(group_, variant);
    for (const SampleOutput& sample : cell.sample_outputs) {
      const std::string fault = sample_fault(sample.text);
      if (!fault.empty()) {
        found_.push_back(variant + ": the sample for \"" + sample.prompt + "\" " + fault);
      }
    }
    if (!cell.quality) found_.push_back(variant + ": quality was not measured");
  }

  void look_for_holes() {
    std::set<std::pair<uint32_t, uint32_t>> shapes;
    std::map<std::string, std::set<std::pair<uint32_t, uint32_t>>> measured;
    for (const ResultCell& cell : group_.cells) {
      shapes.emplace(cell.batch_size, cell.threads);
      measured[cell.variant].emplace(cell.batch_size, cell.threads);
    }
    if (!measured.contains(kReferenceVariant)) {
      found_.push_back(std::string("there is no variant ") + kReferenceVariant +
                       " to compare with: measure one");
    }
    for (const auto& [variant, present] : measured) {
      for (const auto& [batch, threads] : shapes) {
        if (present.contains({batch, threads})) continue;
        found_.push_back(variant + ": the cell of batch " + std::to_string(batch) + ", " +
                         std::to_string(threads) + " threads is missing");
      }
    }
  }

  const CellGroup& group_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> find_anomalies(const CellGroup& group) {
  return Anomalies(group).find();
}

std::string sample_fault(const std::string& text) {
  std::map<std::string, Token> numbers;
  std::vector<Token> words;
  std::istringstream stream(text);
  for (std::string word; stream >> word;) {
    words.push_back(numbers.emplace(word, static_cast<Token>(numbers.size())).first->second);
  }
  if (words.empty()) return "says nothing";
  const RepetitionLoop loop = find_loop(words);
  if (loop.tokens != 0) {
    return "repeats " + std::to_string(loop.period_tokens) + " words over " +
           std::to_string(loop.tokens);
  }
  return text.find("\xEF\xBF\xBD") == std::string::npos ? "" : "has bytes that are no UTF-8";
}

}  // namespace nibble::offline
