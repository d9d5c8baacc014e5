// The file places.pending() is the moment of decision: before it nothing has happened, after it
// everything will.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/commit.h"

#include "offline/cycle/event_journal.h"
#include "offline/cycle/event_spool.h"
#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

fs::path folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path() : fs::path(".");
}

/// Without a candidate, the rename was done before.
void publish(const CyclePlaces& places, const std::string& blob_name) {
  if (blob_name.empty() || !fs::exists(places.candidate())) return;
  const fs::path target = places.output / blob_name;
  std::error_code error;
  if (fs::exists(target, error) && !fs::is_regular_file(target, error)) {
    throw OutputError(target, "exists and is not a regular file; move it away");
  }
  fs::rename(places.candidate(), target, error);
  if (error) throw OutputError(target, "cannot be put there: " + error.message());
  sync_folder(places.output);
}

}  // namespace

void add_samples(const CyclePlaces& places, FolderLocks& locks,
                 const std::vector<MetricSample>& samples) {
  locks.add(folder_of(places.metrics), IfLocked::Wait);
  CycleMetrics metrics = read_metrics(places.metrics);
  for (const MetricSample& sample : samples) metrics.raise(sample);
  write_output_file(places.metrics, metrics.text());
}

bool finish_pending(const CyclePlaces& places, FolderLocks& locks) {
  if (!fs::exists(places.pending())) return false;
  const PendingDecision decision = read_pending(places.pending());
  publish(places, decision.blob_name);
  append_event(places.events, decision.event_id, decision.event_line);
  if (decision.is_for_command) {
    EventSpool(places.spool()).add(decision.event_id, decision.event_line);
  }
  add_samples(places, locks, decision.samples);
  std::error_code error;
  if (!fs::remove(places.pending(), error)) {
    throw OutputError(places.pending(), "cannot be removed: " + error.message());
  }
  sync_folder(places.state());
  return true;
}

bool recover(const CyclePlaces& places, FolderLocks& locks) {
  const bool is_finished = finish_pending(places, locks);
  for (const fs::path& file : {places.metrics, places.pending()}) remove_unfinished_outputs(file);
  EventSpool(places.spool()).remove_unfinished();
  clean_up(places);
  return is_finished;
}

void clean_up(const CyclePlaces& places) {
  std::error_code error;
  if (fs::exists(places.pending(), error)) return;  // the next run needs its candidate
  fs::remove_all(places.work(), error);
  if (fs::is_empty(places.spool(), error)) fs::remove(places.spool(), error);
  if (fs::is_empty(places.state(), error)) fs::remove(places.state(), error);
}

}  // namespace nibble::offline
