// How a decision takes effect: blob, event and metrics, all of them, once, whatever is interrupted.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>

#include "offline/cycle/folder_locks.h"
#include "offline/cycle/pending_decision.h"

namespace nibble::offline {

/// Where a cycle reads and writes.
struct CyclePlaces {
  std::filesystem::path models, output, metrics, events;

  /// Hidden in the output folder, so that renaming a blob into place is atomic. It is there while a
  /// cycle runs, and while events wait for their command.
  std::filesystem::path state() const { return output / ".nibble-cycle"; }
  std::filesystem::path work() const { return state() / "work"; }
  std::filesystem::path candidate() const { return work() / "candidate.nbl"; }
  std::filesystem::path pending() const { return state() / "decision.json"; }
  std::filesystem::path spool() const { return state() / "spool"; }
};

/// Adds samples to the metrics' file. Throws InputError where that is damaged, OutputError.
void add_samples(const CyclePlaces& places, FolderLocks& locks,
                 const std::vector<MetricSample>& samples);

/// Carries out the decision that is written down at places.pending(), if there is one: renames the
/// candidate, adds the event, spools it, adds the samples, and forgets the decision. Each step may
/// have been done before. @returns whether there was one. Throws InputError and OutputError.
bool finish_pending(const CyclePlaces& places, FolderLocks& locks);

/// What another run left in the middle of its work: its decision is carried out, all else goes.
/// @returns whether a decision was carried out
bool recover(const CyclePlaces& places, FolderLocks& locks);

/// Removes the work folder, and the state folder if nothing waits in it. Keeps both while a
/// decision is not carried out.
void clean_up(const CyclePlaces& places);

}  // namespace nibble::offline
