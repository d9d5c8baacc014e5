// Everything that a caller does with a model that load() accepted.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/model.h>
#include <nibble/session.h>

#include "tests/fuzz/fuzz.h"

namespace nibble::fuzz {

/// How an input wants its model used.
struct Settings {
  Residency residency = Residency::Keep;
  SessionConfig session;
  uint32_t temperature_milli = 0;
  uint64_t tile_budget = 1;
};

/// Takes two bytes of the input.
Settings read_settings(Input& input);

/// Reads what the model says, encodes, steps, samples and tests itself, on the best kernels and on
/// the scalar ones; claims that both compute the same bits.
void use_model(const Model& model, const Settings& settings);

}  // namespace nibble::fuzz
