// What a run took: times, rates, memory, and the machine's part in it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "offline/evaluate/reply.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {

struct RunFigures {
  double load_seconds = 0;
  uint64_t peak_resident_bytes = 0;  ///< of the process so far; 0 where the system does not say
  std::string kernels;
  uint32_t threads = 1;
};

RunFigures run_figures(const LoadedModel& model, const Session& session, uint32_t threads);

std::string run_text(const RunFigures& figures, const Reply& reply);
nlohmann::ordered_json run_json(const RunFigures& figures, const Reply& reply);

}  // namespace nibble::offline
