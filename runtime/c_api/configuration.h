// Options of the C interface in the runtime's terms.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator.h>
#include <nibble/nibble.h>

namespace nibble::c_api {

SamplerConfig sampler_config(const nibble_options& options);

/// A generator's configuration. It refers to its texts.
class Configuration {
 public:
  Configuration() = default;
  Configuration(const Configuration&) = delete;

  /// @param options   null: all defaults
  /// @param sessions  that share a pass
  /// @returns BadArgument | UnsupportedCpu (no such kernels)
  Status read(const nibble_options* options, uint32_t sessions = 1);
  const GeneratorConfig& value() const { return config_; }

 private:
  Status read_stop_texts(const nibble_options& options);

  GeneratorConfig config_;
  Text stop_texts_[kMaxStopTexts];
};

}  // namespace nibble::c_api
