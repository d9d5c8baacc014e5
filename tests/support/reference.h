// The independent oracle: a Llama decoder in double precision, written from its definition.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tests/support/reference_weights.h"

namespace nibble::test {

// It shares no code, no table and no constant with runtime/ or offline/: where the two agree, both
// are right, or wrong in the same way twice. The code is slow on purpose, with one loop per sum.

/// Rows times columns as the file has them, row-major; `bias` is empty where there is none.
struct ReferenceLinear {
  uint64_t rows = 0, columns = 0;
  std::vector<double> weights;
  std::vector<double> bias;
};

struct ReferenceLayer {
  std::vector<double> attention_norm, ffn_norm;
  ReferenceLinear query, key, value, output, gate, up, down;
};

class ReferenceModel {
 public:
  /// Reads FOLDER/config.json and FOLDER/model.safetensors.
  explicit ReferenceModel(const std::filesystem::path& folder, Storing weights = Storing::Exactly);

  uint64_t width = 0, heads = 0, kv_heads = 0, head_dimension = 0, vocabulary = 0;
  double norm_epsilon = 0;
  std::vector<double> frequencies;  ///< radians for each position, [head_dimension / 2]
  ReferenceLinear embedding, head;
  std::vector<ReferenceLayer> layers;
  std::vector<double> final_norm;
};

/// The keys and values of one text, computed one token at a time.
class ReferenceSession {
 public:
  /// @param model  outlives the session
  /// @param cache  how keys and values are kept
  explicit ReferenceSession(const ReferenceModel& model, Storing cache = Storing::Exactly);

  /// @returns logits [vocabulary] after `token`
  std::vector<double> step(uint32_t token);
  /// step() for each token. @returns the last one's logits
  std::vector<double> steps(const std::vector<uint32_t>& tokens);

 private:
  struct LayerCache {
    std::vector<std::vector<double>> keys, values;  ///< [position][kv_heads · head_dimension]
  };
  std::vector<double> attend(const ReferenceLayer& layer, LayerCache& cache,
                             const std::vector<double>& input) const;

  const ReferenceModel& model_;
  Storing storing_;
  std::vector<LayerCache> caches_;
  uint64_t position_ = 0;
};

/// The id of the largest logit, the lowest among equals.
template <class Logits>
uint32_t largest(const Logits& logits) {
  uint32_t best = 0;
  for (uint32_t id = 1; id < logits.size(); ++id)
    if (logits[id] > logits[best]) best = id;
  return best;
}

}  // namespace nibble::test
