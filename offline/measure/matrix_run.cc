// Visits cells in their order, and puts a cell together when its last round is there.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/matrix_run.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <stdexcept>
#include <tuple>

#include "offline/evaluate/speed.h"
#include "offline/files/utc_time.h"
#include "offline/host/child_process.h"
#include "offline/measure/machine.h"
#include "offline/measure/matrix.h"
#include "offline/measure/measurement.h"

namespace nibble::offline {
namespace {

void append(const std::vector<double>& more, std::vector<double>& all) {
  all.insert(all.end(), more.begin(), more.end());
}

Quantiles quantiles_of(const std::vector<double>& samples) {
  return {sample_quantile(samples, 0.5), sample_quantile(samples, 0.95)};
}

/// What the rounds of a cell say together.
void add_figures(const std::vector<Measurement>& rounds, ResultCell& cell) {
  RequestTimes all;
  std::vector<double> loads;
  for (const Measurement& round : rounds) {
    append(round.times.latency_ms, all.latency_ms);
    append(round.times.first_token_ms, all.first_token_ms);
    append(round.times.prefill_rates, all.prefill_rates);
    append(round.times.decode_rates, all.decode_rates);
    loads.push_back(round.load_ms);
    cell.peak_rss_bytes = std::max(cell.peak_rss_bytes, round.peak_rss_bytes);
    cell.other_load_cpus += round.other_load_cpus / static_cast<double>(rounds.size());
  }
  cell.latency_ms = quantiles_of(all.latency_ms);
  cell.latency_samples_ms = all.latency_ms;
  cell.time_to_first_token_ms = quantiles_of(all.first_token_ms);
  cell.prefill_tokens_per_second = sample_quantile(all.prefill_rates, 0.5);
  cell.decode_tokens_per_second = sample_quantile(all.decode_rates, 0.5);
  cell.load_time_ms = sample_quantile(loads, 0.5);
}

class MatrixRun {
 public:
  explicit MatrixRun(const MatrixPlan& plan) : plan_(plan), host_(machine_facts()) {}

  bool run() {
    const MatrixSize size{plan_.blobs.size(), plan_.batch_sizes.size(), plan_.threads.size()};
    const std::vector<Visit> visits = plan_visits(size, plan_.requests.runs, plan_.rounds);
    size_t i = 0;
    for (; i < visits.size() && !plan_.should_stop(); ++i) {
      plan_.progress(static_cast<double>(i) / static_cast<double>(visits.size()));
      visit(visits[i]);
    }
    const bool is_whole = i == visits.size();
    if (is_whole) plan_.progress(1);
    take_unfinished();
    return is_whole && !has_failed_;
  }

 private:
  struct Cell {
    std::vector<Measurement> rounds;
    uint32_t runs = 0;
    bool has_failed = false;
  };

  void visit(const Visit& visit) {
    const CellIndex& index = visit.cell;
    Cell& cell = cells_[{index.blob, index.batch_size, index.threads}];
    if (cell.has_failed) return;
    try {
      cell.rounds.push_back(measure(visit));
    } catch (const std::runtime_error& error) {
      if (plan_.should_stop()) return;  // an interrupt ends the cell's process as well
      cell.has_failed = has_failed_ = true;
      plan_.tell("variant " + plan_.blobs[index.blob].variant + ", batch size " +
                 std::to_string(plan_.batch_sizes[index.batch_size]) + ", threads " +
                 std::to_string(plan_.threads[index.threads]) +
                 ": the cell was not measured: " + error.what());
      return;
    }
    cell.runs += visit.runs;
    if (cell.runs < plan_.requests.runs) return;
    plan_.take(result(index, cell));
    cell.rounds.clear();
  }

  void take_unfinished() {
    for (const auto& [place, cell] : cells_) {
      if (cell.rounds.empty() || cell.has_failed) continue;
      has_failed_ = true;
      const auto& [blob, batch_size, threads] = place;
      plan_.take(result({blob, batch_size, threads}, cell));
    }
  }

  Measurement measure(const Visit& visit) const {
    const RequestPlan& requests = plan_.requests;
    const auto text = [](uint32_t number) { return std::to_string(number); };
    const ChildResult child = run_this_program(
        {kCellCommand, std::filesystem::absolute(plan_.blobs[visit.cell.blob].path).string(),
         "--batch-size", text(plan_.batch_sizes[visit.cell.batch_size]), "--threads",
         text(plan_.threads[visit.cell.threads]), "--warmups", text(requests.warmups), "--runs",
         text(visit.runs), "--prompt-tokens", text(requests.prompt_tokens), "--new-tokens",
         text(requests.new_tokens)},
        plan_.limit_seconds);
    if (!child.succeeded()) throw std::runtime_error("its process ended with " + child.ending());
    return read_measurement(child.output);
  }

  ResultCell result(const CellIndex& index, const Cell& measured) const {
    const MatrixBlob& blob = plan_.blobs[index.blob];
    ResultCell cell;
    cell.variant = blob.variant;
    cell.model = blob.evaluation.model;
    cell.blob = blob.evaluation.blob;
    cell.obedience = blob.evaluation.obedience;
    cell.quality = blob.evaluation.quality;
    cell.sample_outputs = blob.evaluation.sample_outputs;
    cell.bill = blob.evaluation.bills[index.batch_size];
    cell.batch_size = plan_.batch_sizes[index.batch_size];
    cell.threads = plan_.threads[index.threads];
    cell.warmups = plan_.requests.warmups;
    cell.runs = measured.runs;
    cell.prompt_tokens = plan_.requests.prompt_tokens;
    cell.new_tokens = plan_.requests.new_tokens;
    cell.host = host_;
    cell.tool_version = plan_.tool_version;
    cell.timestamp = iso_time(std::chrono::system_clock::now());
    add_figures(measured.rounds, cell);
    return cell;
  }

  const MatrixPlan& plan_;
  HostFacts host_;
  std::map<std::tuple<size_t, size_t, size_t>, Cell> cells_;
  bool has_failed_ = false;
};

}  // namespace

bool run_matrix(const MatrixPlan& plan) {
  return MatrixRun(plan).run();
}

}  // namespace nibble::offline
