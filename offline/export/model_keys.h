// The keys that describe a model to a reader of GGUF: sizes, factors, windows, rotary positions.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/export/export_source.h"
#include "offline/export/gguf_writer.h"
#include "offline/export/program_facts.h"
#include "offline/formats/gguf/families.h"

namespace nibble::offline {

/// A tensor that belongs to the keys: factors of rotary waves.
struct FactorTensor {
  std::string name;
  std::vector<float> factors;
};

struct ModelKeys {
  GgufKeys keys;
  std::vector<FactorTensor> tensors;
  std::vector<std::string> notes;  ///< where llama.cpp computes something else
};

/// Throws InputError, naming it, for what the family has no key for.
void add_model_keys(const ExportSource& source, const GgufFamily& family, const ProgramFacts& facts,
                    ModelKeys& keys);

}  // namespace nibble::offline
