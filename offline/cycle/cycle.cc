// Locks, recovers, then judges one model after the other.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/cycle.h"

#include "offline/files/input_error.h"
#include "offline/files/output_file.h"
#include "offline/files/utc_time.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

/// Leaves the folders tidy, however the cycle ends.
class Tidiness {
 public:
  explicit Tidiness(const CyclePlaces& places) : places_(places) {}
  ~Tidiness() { clean_up(places_); }
  Tidiness(const Tidiness&) = delete;
  Tidiness& operator=(const Tidiness&) = delete;

 private:
  const CyclePlaces& places_;
};

class Cycle {
 public:
  explicit Cycle(const CycleRequest& request) : request_(request), places_(request.places) {}

  CycleSummary run() {
    locks_.add(places_.models);
    locks_.add(places_.output);
    if (recover(places_, locks_)) {
      request_.announce("the decision of a run that was stopped has been carried out");
    }
    (void)read_metrics(places_.metrics);  // a damaged file is refused before the work
    const Tidiness tidiness(places_);
    deliver();
    for (const FoundModel& model : discover_models(places_.models, request_.model_name)) {
      judge(model);
    }
    return summary_;
  }

 private:
  void judge(const FoundModel& model) {
    request_.round.check();
    ModelOutcome outcome{model.name, {}, {}, {}};
    try {
      make_work_folder();
      outcome.round = run_round(model, places_.work(), places_.candidate(), request_.round);
    } catch (const InputError& error) {
      outcome.error = error.what();
    }
    outcome.error.empty() ? decide_on(outcome) : count_failure(model.name);
    clean_up(places_);
    request_.report(outcome);
    deliver();
  }

  void make_work_folder() const {
    std::error_code error;
    fs::create_directories(places_.work(), error);
    if (error) throw OutputError(places_.work(), "cannot be made: " + error.message());
  }

  void decide_on(ModelOutcome& outcome) {
    request_.round.check();  // the last moment at which nothing has happened
    outcome.event = make_event(outcome);
    const bool is_kept = outcome.event->verdict.decision == Decision::Keep;
    write_pending(places_.pending(),
                  {outcome.event->event_id, outcome.event->line(), outcome.event->blob_name,
                   samples_of(outcome), !request_.delivery.command.empty()});
    finish_pending(places_, locks_);
    ++(is_kept ? summary_.kept : summary_.rejected);
  }

  DecisionEvent make_event(const ModelOutcome& outcome) const {
    DecisionEvent event;
    event.event_id = new_event_id();
    event.is_dry_run = request_.is_dry_run;
    event.model_name = outcome.model_name;
    event.figures = outcome.round.figures;
    event.limits = request_.limits;
    event.verdict = decide(event.figures, event.limits);
    event.source_format = outcome.round.source_format;
    event.target_format = outcome.round.target_format;
    if (event.verdict.decision == Decision::Keep) {
      event.blob_name = outcome.model_name + "-" + request_.variant + ".nbl";
      event.blob_identity = outcome.round.candidate_identity;
    }
    event.timestamp = iso_time(std::chrono::system_clock::now());
    event.cycle_version = request_.version;
    return event;
  }

  MetricSample counted(const std::string& result, const std::string& model,
                       const std::string& source, const std::string& target) const {
    MetricSample sample{MetricFamily::DecisionTotal, {result, model, source, target}, 0};
    sample.value = read_metrics(places_.metrics).value(sample.family, sample.labels) + 1;
    return sample;
  }

  MetricSample last_run(const std::string& model) const {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const double milliseconds =
        static_cast<double>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
    return {MetricFamily::LastRun, {model}, milliseconds / 1000};
  }

  std::vector<MetricSample> samples_of(const ModelOutcome& outcome) const {
    const RoundResult& round = outcome.round;
    const std::string& model = outcome.model_name;
    const char* const result =
        request_.is_dry_run ? "dry_run" : decision_name(outcome.event->verdict.decision);
    std::vector<MetricSample> samples = {
        counted(result, model, round.source_format, round.target_format), last_run(model)};
    double total = 0;
    for (const OperationTime& time : round.times) {
      samples.push_back({MetricFamily::Duration, {model, time.operation}, time.seconds});
      total += time.seconds;
    }
    samples.push_back({MetricFamily::Duration, {model, "total"}, total});
    if (!request_.is_dry_run) add_rates(model, round, samples);
    return samples;
  }

  static void add_rates(const std::string& model, const RoundResult& round,
                        std::vector<MetricSample>& samples) {
    const std::string* const formats[2] = {&round.target_format, &round.source_format};
    for (int i = 0; i < 2; ++i) {
      const auto add = [&](const char* stage, double rate) {
        samples.push_back({MetricFamily::Throughput, {model, *formats[i], stage}, rate});
      };
      add("prefill", round.speeds.prefill[i]);
      add("decode", round.speeds.decode[i]);
    }
  }

  /// There is no event without a decision.
  void count_failure(const std::string& model) {
    ++summary_.failed;
    add_samples(places_, locks_, {counted("error", model, "", ""), last_run(model)});
  }

  void deliver() {
    EventSpool spool(places_.spool());
    summary_.waiting_events = spool.waiting().size();
    if (request_.delivery.command.empty() || summary_.waiting_events == 0) return;
    const DeliveryResult result = spool.deliver(request_.delivery);
    summary_.waiting_events = result.waiting;
    if (!result.failure.empty()) {
      request_.announce("the command of --on-decision " + result.failure + "; " +
                        std::to_string(result.waiting) + " events wait for the next run in " +
                        places_.spool().string());
    }
  }

  const CycleRequest& request_;
  const CyclePlaces& places_;
  FolderLocks locks_;
  CycleSummary summary_;
};

}  // namespace

CycleSummary run_cycle(const CycleRequest& request) {
  return Cycle(request).run();
}

}  // namespace nibble::offline
