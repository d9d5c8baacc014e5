// Computes RMS norm, rotary positions, grouped attention and SwiGLU as textbooks do, in doubles.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/reference.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numbers>
#include <stdexcept>

namespace nibble::test {
namespace {

using Vector = std::vector<double>;
using Json = nlohmann::json;
using Tensors = std::map<std::string, ReferenceTensor>;

ReferenceLinear linear(const Tensors& tensors, const std::string& name) {
  const ReferenceTensor& weights = tensors.at(name + ".weight");
  ReferenceLinear result{weights.shape.at(0), weights.shape.at(1), weights.values, {}};
  const auto bias = tensors.find(name + ".bias");
  if (bias != tensors.end()) result.bias = bias->second.values;
  return result;
}

ReferenceLayer read_layer(const Tensors& tensors, uint64_t index) {
  const std::string prefix = "model.layers." + std::to_string(index) + ".";
  const auto part = [&](const char* name) { return linear(tensors, prefix + name); };
  return {tensors.at(prefix + "input_layernorm.weight").values,
          tensors.at(prefix + "post_attention_layernorm.weight").values,
          part("self_attn.q_proj"),
          part("self_attn.k_proj"),
          part("self_attn.v_proj"),
          part("self_attn.o_proj"),
          part("mlp.gate_proj"),
          part("mlp.up_proj"),
          part("mlp.down_proj")};
}

/// "llama3" scaling: long waves are stretched by `factor`, short ones kept, between them blended.
double llama3_frequency(double frequency, const Json& scaling) {
  const double original = scaling.at("original_max_position_embeddings");
  const double low = scaling.at("low_freq_factor"), high = scaling.at("high_freq_factor");
  const double factor = scaling.at("factor");
  const double turns = original * frequency / (2 * std::numbers::pi);
  if (turns > high) return frequency;
  if (turns < low) return frequency / factor;
  const double share = (turns - low) / (high - low);
  return (1 - share) * frequency / factor + share * frequency;
}

Vector rotary_frequencies(const Json& config, uint64_t head_dimension) {
  const double theta = config.value("rope_theta", 10000.0);
  const Json scaling = config.value("rope_scaling", Json());
  Vector frequencies;
  for (uint64_t pair = 0; pair < head_dimension / 2; ++pair) {
    const double exponent = 2.0 * static_cast<double>(pair) / static_cast<double>(head_dimension);
    double frequency = std::pow(theta, -exponent);
    if (!scaling.is_null()) {
      const std::string type = scaling.value("rope_type", scaling.value("type", ""));
      if (type == "linear")
        frequency /= scaling.at("factor").get<double>();
      else if (type == "llama3")
        frequency = llama3_frequency(frequency, scaling);
      else if (type != "default")
        throw std::runtime_error("no reference for rope type " + type);
    }
    frequencies.push_back(frequency);
  }
  return frequencies;
}

Vector product(const ReferenceLinear& linear, const Vector& input) {
  Vector output(linear.rows);
  for (uint64_t row = 0; row < linear.rows; ++row) {
    double sum = linear.bias.empty() ? 0.0 : linear.bias[row];
    const double* weights = &linear.weights[row * linear.columns];
    for (uint64_t column = 0; column < linear.columns; ++column)
      sum += weights[column] * input[column];
    output[row] = sum;
  }
  return output;
}

Vector normalized(const Vector& input, const Vector& gain, double epsilon) {
  double squares = 0;
  for (const double x : input) squares += x * x;
  const double scale = 1 / std::sqrt(squares / static_cast<double>(input.size()) + epsilon);
  Vector output(input.size());
  for (size_t i = 0; i < input.size(); ++i) output[i] = input[i] * scale * gain[i];
  return output;
}

/// Turns the pair (i, i + d/2) of every head by position · frequency[i].
void rotate(Vector& values, const Vector& frequencies, uint64_t position) {
  const size_t half = frequencies.size();
  for (size_t head = 0; head < values.size(); head += 2 * half)
    for (size_t i = 0; i < half; ++i) {
      const double angle = static_cast<double>(position) * frequencies[i];
      const double a = values[head + i], b = values[head + half + i];
      values[head + i] = a * std::cos(angle) - b * std::sin(angle);
      values[head + half + i] = b * std::cos(angle) + a * std::sin(angle);
    }
}

void softmax(Vector& scores) {
  double largest_score = scores[0], sum = 0;
  for (const double score : scores) largest_score = std::max(largest_score, score);
  for (double& score : scores) sum += score = std::exp(score - largest_score);
  for (double& score : scores) score /= sum;
}

Vector feed_forward(const ReferenceLayer& layer, const Vector& input) {
  Vector gate = product(layer.gate, input);
  const Vector up = product(layer.up, input);
  for (size_t i = 0; i < gate.size(); ++i) gate[i] = gate[i] / (1 + std::exp(-gate[i])) * up[i];
  return product(layer.down, gate);
}

Vector all_stored(Vector values, Storing storing) {
  for (double& value : values) value = stored(value, storing);
  return values;
}

void add(Vector& sum, const Vector& term) {
  for (size_t i = 0; i < sum.size(); ++i) sum[i] += term[i];
}

}  // namespace

ReferenceModel::ReferenceModel(const std::filesystem::path& folder, Storing weights) {
  std::ifstream file(folder / "config.json");
  const Json config = Json::parse(file);
  width = config.at("hidden_size");
  heads = config.at("num_attention_heads");
  kv_heads = config.value("num_key_value_heads", heads);
  head_dimension = config.value("head_dim", width / heads);
  vocabulary = config.at("vocab_size");
  norm_epsilon = config.at("rms_norm_eps");
  frequencies = rotary_frequencies(config, head_dimension);
  const Tensors tensors = read_reference_weights(folder, weights);
  embedding = linear(tensors, "model.embed_tokens");
  head = config.value("tie_word_embeddings", false) ? embedding : linear(tensors, "lm_head");
  for (uint64_t index = 0; index < config.at("num_hidden_layers"); ++index)
    layers.push_back(read_layer(tensors, index));
  final_norm = tensors.at("model.norm.weight").values;
}

ReferenceSession::ReferenceSession(const ReferenceModel& model, Storing cache)
    : model_(model), storing_(cache), caches_(model.layers.size()) {}

std::vector<double> ReferenceSession::attend(const ReferenceLayer& layer, LayerCache& cache,
                                             const std::vector<double>& input) const {
  Vector query = product(layer.query, input), key = product(layer.key, input);
  rotate(query, model_.frequencies, position_);
  rotate(key, model_.frequencies, position_);
  cache.keys.push_back(all_stored(key, storing_));
  cache.values.push_back(all_stored(product(layer.value, input), storing_));
  const uint64_t dimension = model_.head_dimension;
  Vector mixed(query.size(), 0.0);
  for (uint64_t head = 0; head < model_.heads; ++head) {
    const uint64_t own = head * dimension;
    const uint64_t shared = head / (model_.heads / model_.kv_heads) * dimension;
    Vector scores(position_ + 1, 0.0);
    for (uint64_t p = 0; p <= position_; ++p) {
      for (uint64_t i = 0; i < dimension; ++i)
        scores[p] += query[own + i] * cache.keys[p][shared + i];
      scores[p] /= std::sqrt(static_cast<double>(dimension));
    }
    softmax(scores);
    for (uint64_t p = 0; p <= position_; ++p)
      for (uint64_t i = 0; i < dimension; ++i)
        mixed[own + i] += scores[p] * cache.values[p][shared + i];
  }
  return product(layer.output, mixed);
}

std::vector<double> ReferenceSession::step(uint32_t token) {
  const auto row = model_.embedding.weights.begin() + static_cast<ptrdiff_t>(token * model_.width);
  Vector state(row, row + static_cast<ptrdiff_t>(model_.width));
  for (size_t index = 0; index < model_.layers.size(); ++index) {
    const ReferenceLayer& layer = model_.layers[index];
    add(state, attend(layer, caches_[index],
                      normalized(state, layer.attention_norm, model_.norm_epsilon)));
    add(state, feed_forward(layer, normalized(state, layer.ffn_norm, model_.norm_epsilon)));
  }
  ++position_;
  return product(model_.head, normalized(state, model_.final_norm, model_.norm_epsilon));
}

std::vector<double> ReferenceSession::steps(const std::vector<uint32_t>& tokens) {
  std::vector<double> logits;
  for (const uint32_t token : tokens) logits = step(token);
  return logits;
}

}  // namespace nibble::test
