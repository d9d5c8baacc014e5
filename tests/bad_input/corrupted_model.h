// A copy of a good model folder with one thing wrong, and what `nibble pack` says about it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tests/support/command.h"

namespace nibble::test {

/// A safetensors file taken apart.
struct SafetensorsParts {
  std::string header;  ///< JSON, without its length
  std::string payload;
  uint64_t header_length = 0;  ///< what the file claims; follows `header` unless set by hand
};

class CorruptedModel {
 public:
  CorruptedModel();

  std::string text(const std::string& file) const;
  void set_text(const std::string& file, const std::string& text);
  /// Overwrites members of config.json; a null member is removed.
  void patch_config(const nlohmann::json& members);
  SafetensorsParts weights() const;
  void set_weights(const SafetensorsParts& parts);
  /// weights() with the header as JSON, changed.
  void change_header(const std::function<void(nlohmann::ordered_json&)>& change);

  std::filesystem::path folder() const { return temporary_ / "model"; }
  /// Runs `nibble pack`, and checks that nothing was left where the blob would be.
  CommandResult pack(const CommandOptions& options = {}) const;

 private:
  TemporaryFolder temporary_;
};

/// Exit status 3, one clear message that names `place`, no output file. @returns the message
std::string expect_refused(const CorruptedModel& model, const std::string& place);

}  // namespace nibble::test
