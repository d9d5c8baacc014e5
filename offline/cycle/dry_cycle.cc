// A cycle over a generated model, in a folder that goes when it has ended.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <cstdlib>

#include "offline/cycle/cycle.h"
#include "offline/cycle/tiny_checkpoint.h"
#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

/// Where a dry run works; it goes with this object.
class TemporaryPlace {
 public:
  TemporaryPlace() {
    std::string name = (fs::temp_directory_path() / "nibble-dry-run.XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw OutputError(name, "cannot be made");
    path = name;
  }
  ~TemporaryPlace() {
    std::error_code error;
    fs::remove_all(path, error);
  }
  TemporaryPlace(const TemporaryPlace&) = delete;
  TemporaryPlace& operator=(const TemporaryPlace&) = delete;

  fs::path path;
};

}  // namespace

CycleSummary run_dry_cycle(CycleRequest request) {
  const TemporaryPlace place;
  const auto dry = [&](const fs::path& file, const char* name) {
    return file.empty() ? place.path / name : fs::path(file.string() + ".dry-run");
  };
  request.places = {place.path / "models", place.path, dry(request.places.metrics, "metrics"),
                    dry(request.places.events, "events")};
  request.model_name.clear();
  request.is_dry_run = true;
  request.round.text.clear();
  fs::create_directory(request.places.models);
  write_tiny_checkpoint(request.places.models);
  return run_cycle(request);
}

}  // namespace nibble::offline
