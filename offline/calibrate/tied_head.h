// A head whose rows are also the embeddings of tokens: what an error in each row costs, in both
// uses.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <vector>

#include "offline/calibrate/matrix_quantization.h"
#include "offline/calibrate/running_network.h"

namespace nibble::offline {

/// A row's share in one prediction: p·(1 − p), by which a squared error of its logit counts.
struct LogitWeight {
  uint32_t row;     ///< of the head: a token
  uint32_t sample;  ///< of TiedHeadSums::inputs
  float weight;
};

/// What the network before quantization says of its head. To second order, an error e of row v
/// raises the divergence of the predictions by ½ Σ p_v·(1 − p_v)·(e·x)² over all inputs x of the
/// head, p_v the row's probability there, and by ½ · count_v · sensitivity · |e|² where the row is
/// an embedding.
struct TiedHeadSums {
  ActivationRows inputs;             ///< of the head
  InputStatistics statistics;        ///< of all inputs, unweighted
  std::vector<LogitWeight> weights;  ///< p above kLeastProbability, by row, then by sample
  std::vector<double> rest;          ///< [rows], Σ p·(1 − p) of all others
  std::vector<uint32_t> counts;      ///< [rows], times that the row was embedded
  double sensitivity = 0;
};

inline constexpr float kLeastProbability = 1e-3f;
/// Enough for every row that matters, and 4 bytes · width each.
inline constexpr size_t kMostHeadSamples = 1 << 16;

/// The first windows, at most so many tokens.
TokenSamples head_samples(const TokenSamples& samples);

/// How much an error of embeddings counts: of some windows, Σ squared_change() of predictions when
/// noise is added to the embeddings, per square of the noise.
/// @param exact  the network before quantization, its runner at block 0
double embedding_sensitivity(RunningNetwork& exact, unsigned threads);

/// Looks at head_samples().
/// @param exact  the network before quantization, its runner at the last block
/// @param sensitivity  embedding_sensitivity()
TiedHeadSums sum_predictions(RunningNetwork& exact, const TokenSamples& samples, double sensitivity,
                             unsigned threads);

/// Quantizes every row with sums of its own: rows that are seldom predicted lean on those of all.
/// Of large vocabularies only the kMostOwnRows rows of most weight have their own.
MatrixResult quantize_tied_head(const Quantizer& quantizer, const TensorPlan& plan,
                                const FloatMatrix& weights, const TiedHeadSums& sums,
                                unsigned threads);

inline constexpr size_t kMostOwnRows = 8192;

}  // namespace nibble::offline
