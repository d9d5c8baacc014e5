// Calibrates once, trying every scheme on each matrix, then damages the f16 model one group of
// matrices at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/sensitivity.h"

#include <algorithm>
#include <map>
#include <utility>

#include "offline/evaluate/perplexity.h"
#include "offline/tune/validation.h"
#include "offline/tune/variant.h"
#include "offline/weights/memory_weights.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::Role;

/// The windows of the samples that are probed, as one text and its protocol.
struct ProbeText {
  std::vector<Token> tokens;
  ScoreProtocol protocol;
};

/// The first windows, as many as have so many tokens together.
TokenSamples first_windows(const TokenSamples& samples, size_t tokens) {
  const size_t length = samples.windows.front().size();
  const size_t windows = std::min((tokens + length - 1) / length, samples.windows.size());
  return {{samples.windows.begin(), samples.windows.begin() + static_cast<ptrdiff_t>(windows)}};
}

ProbeText probe_text(const TokenSamples& samples) {
  ProbeText text;
  text.protocol.window_tokens = static_cast<uint32_t>(samples.windows.front().size());
  for (const std::vector<Token>& window : first_windows(samples, kProbeTokens).windows) {
    text.tokens.insert(text.tokens.end(), window.begin(), window.end());
  }
  return text;
}

/// Σ|Δw|² / Σ|w|²: the measure of a matrix that multiplies nothing, such as an embedding that is
/// not the head as well.
double weight_error(const WeightSource& exact, const WeightSource& stored) {
  const FloatMatrix weights = read_matrix(exact), found = read_matrix(stored);
  double differences = 0, squares = 0;
  for (size_t i = 0; i < weights.values.size(); ++i) {
    const double difference = double{found.values[i]} - double{weights.values[i]};
    differences += difference * difference;
    squares += double{weights.values[i]} * double{weights.values[i]};
  }
  return squares == 0 ? 0 : differences / squares;
}

/// A matrix's values as halves.
QuantizedMatrix in_halves(const WeightSource& source) {
  const FloatMatrix weights = read_matrix(source);
  QuantizedMatrix matrix({format::TensorType::F16, 0}, weights.rows, weights.columns);
  for (size_t i = 0; i < weights.values.size(); ++i) {
    matrix.halves[i] = round_to_half(weights.values[i], static_cast<uint32_t>(i / weights.columns));
  }
  return matrix;
}

/// Tensors that are damaged together: one role, one band of layers.
using ProbeGroups = std::map<std::pair<Role, uint32_t>, std::vector<uint32_t>>;

ProbeGroups probe_groups(const Network& network, uint32_t layers) {
  ProbeGroups groups;
  for (uint32_t i = 0; i < network.tensors.size(); ++i) {
    const TensorPlan& plan = network.tensors[i];
    if (!format::is_matrix(plan.scheme.type)) continue;
    const uint32_t layer = plan.layer == format::kNoLayer ? 0 : plan.layer;
    const uint32_t band = layers <= kLayerBands ? layer : layer * kLayerBands / layers;
    groups[{plan.role, band}].push_back(i);
  }
  return groups;
}

/// The f16 model with some matrices replaced for a while.
class DamagedModel {
 public:
  DamagedModel(const SourceModel& source, const Network& exact, const TokenSamples& samples,
               const SessionConfig& session, unsigned threads)
      : exact_(exact),
        reference_(build_model(source, exact)),
        damaged_(build_model(source, exact)),
        text_(probe_text(samples)),
        stored_(reference_->loaded(), text_.protocol, text_.tokens, threads, {}) {
    run_.models = {&damaged_->loaded()};
    run_.stored_reference = &stored_;
    run_.protocol = text_.protocol;
    run_.session = session;
  }

  /// Mean KL divergence with these tensors as `stored` has them.
  double kl_with(const std::vector<uint32_t>& tensors, const Network& stored) {
    replace(tensors, stored);
    const double kl = score_text(run_, text_.tokens).front().distance->kl.mean;
    replace(tensors, exact_);
    return kl;
  }

 private:
  void replace(const std::vector<uint32_t>& tensors, const Network& by) {
    for (const uint32_t tensor : tensors) {
      damaged_->replace_matrix(tensor, in_halves(*by.tensors[tensor].source));
    }
  }

  const Network& exact_;
  std::unique_ptr<BuiltModel> reference_, damaged_;
  ProbeText text_;
  StoredReference stored_;
  ScoringRun run_;
};

/// The relative errors of a matrix that has a scheme of each, in the order of the schemes.
using SchemeErrors = std::vector<double>;

/// Of a matrix that multiplies nothing.
SchemeErrors rounding_errors(const TensorPlan& exact, const std::vector<Scheme>& schemes,
                             unsigned threads) {
  const FloatMatrix weights = read_matrix(*exact.source);
  SchemeErrors errors;
  for (const Scheme& scheme : schemes) {
    TensorPlan plan = exact;
    plan.scheme = scheme;
    errors.push_back(weight_error(
        *exact.source,
        *hold_quantized(
            quantize_matrix(*make_quantizer("search"), plan, weights, nullptr, threads).matrix)));
  }
  return errors;
}

/// The errors of all matrices, by tensor.
std::map<std::string, SchemeErrors> errors_of(const Network& exact, const Calibrated& calibrated,
                                              const std::vector<Scheme>& schemes,
                                              unsigned threads) {
  std::map<std::string, SchemeErrors> errors;
  for (const TensorReport& report : calibrated.report) {
    for (const SchemeLoss& probe : report.probes) errors[report.tensor].push_back(probe.loss);
  }
  for (const TensorPlan& plan : exact.tensors) {
    if (!format::is_matrix(plan.scheme.type) || errors.contains(plan.name)) continue;
    errors[plan.name] = rounding_errors(plan, schemes, threads);
  }
  return errors;
}

/// The options of one matrix. @param loss_per_error  a_i
MatrixOptions options_of(const TensorPlan& plan, const std::vector<Scheme>& schemes,
                         const SchemeErrors& errors, double loss_per_error) {
  MatrixOptions matrix{plan.name, plan.role, plan.layer, uint64_t{plan.rows} * plan.columns, {}};
  for (size_t i = 0; i < schemes.size(); ++i) {
    matrix.options.push_back(
        {schemes[i], matrix_bytes(plan, schemes[i]), loss_per_error * errors[i]});
  }
  return matrix;
}

}  // namespace

std::vector<MatrixOptions> measure_sensitivity(
    const SourceModel& source, const std::vector<Scheme>& schemes, const CalibrationMethod& method,
    const TokenSamples& samples, const SessionConfig& session, const CalibrationOptions& options) {
  const Network exact = source.compile_as_f16();
  CalibrationOptions probing = options;
  probing.probed_schemes = schemes;
  // A matrix is damaged alone: it must neither make good errors before it, which are not there, nor
  // share scales with layers that stay as they are.
  probing.correction = 0;
  CalibrationMethod rounding = method;
  rounding.fold_scales = false;
  const Calibrated first =
      calibrate(source, source.compile([&](Role, uint16_t) { return schemes[0]; }), rounding,
                first_windows(samples, kErrorTokens), probing);
  const auto errors = errors_of(exact, first, schemes, options.threads);
  DamagedModel model(source, exact, samples, session, options.threads);
  const ProbeGroups groups = probe_groups(exact, source.shape->num_hidden_layers);
  std::vector<MatrixOptions> matrices;
  size_t done = 0;
  for (const auto& [group, tensors] : groups) {
    const double kl = model.kl_with(tensors, first.network);
    double error = 0;
    for (const uint32_t i : tensors) error += errors.at(exact.tensors[i].name)[0];
    for (const uint32_t i : tensors) {
      const TensorPlan& plan = exact.tensors[i];
      matrices.push_back(
          options_of(plan, schemes, errors.at(plan.name), error == 0 ? 0 : kl / error));
    }
    ++done;
    if (!options.progress) continue;
    options.progress("sensitivity", static_cast<double>(done) / static_cast<double>(groups.size()));
  }
  return matrices;
}

}  // namespace nibble::offline
