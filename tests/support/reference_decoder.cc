// Each family's forward pass as its publisher defines it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/reference_decoder.h"

#include <algorithm>
#include <cmath>

namespace nibble::test {
namespace {

using Json = nlohmann::json;
using Row = std::vector<double>;

constexpr double kPi = 3.14159265358979323846;

Row sum(Row a, const Row& b, double factor = 1) {
  for (size_t i = 0; i < a.size(); ++i) a[i] += factor * b[i];
  return a;
}

Row part(const Row& row, size_t first, size_t count) {
  return {row.begin() + static_cast<std::ptrdiff_t>(first),
          row.begin() + static_cast<std::ptrdiff_t>(first + count)};
}

double capped(double x, double cap) {
  return cap == 0 ? x : cap * std::tanh(x / cap);
}

}  // namespace

ReferenceDecoder::ReferenceDecoder(Json config, const ReferenceTensors& tensors, Storing cache)
    : config_(std::move(config)), tensors_(tensors), storing_(cache) {
  type_ = config_.at("model_type");
  const bool is_gpt2 = is("gpt2");
  width_ = config_.at(is_gpt2 ? "n_embd" : "hidden_size");
  heads_ = config_.at(is_gpt2 ? "n_head" : "num_attention_heads");
  layers_ = config_.at(is_gpt2 ? "n_layer" : "num_hidden_layers");
  kv_heads_ = config_.value("num_key_value_heads", heads_);
  if (is("falcon")) {
    kv_heads_ = flag("new_decoder_architecture", false) ? config_.at("num_kv_heads").get<size_t>()
                : flag("multi_query", true)             ? 1
                                                        : heads_;
  }
  dimension_ = config_.value("head_dim", width_ / heads_);
  caches_.resize(layers_);
}

double ReferenceDecoder::number(const char* key, double otherwise) const {
  return config_.contains(key) && !config_.at(key).is_null() ? config_.at(key).get<double>()
                                                             : otherwise;
}
bool ReferenceDecoder::flag(const char* key, bool otherwise) const {
  return config_.value(key, otherwise);
}
const ReferenceTensor& ReferenceDecoder::tensor(const std::string& name) const {
  return tensors_.at(name);
}

/// torch.nn.Linear; GPT-2's Conv1D stores the transpose.
Row ReferenceDecoder::linear(const std::string& name, const Row& x) const {
  const ReferenceTensor& weights = tensor(name + ".weight");
  const bool is_transposed = is("gpt2") && name.find("h.") != std::string::npos;
  const size_t rows = weights.shape[is_transposed ? 1 : 0];
  Row out(rows);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < x.size(); ++c) {
      out[r] += x[c] * weights.values[is_transposed ? c * rows + r : r * x.size() + c];
    }
    if (has(name + ".bias")) out[r] += tensor(name + ".bias").values[r];
  }
  return out;
}

Row ReferenceDecoder::layer_norm(const std::string& name, const Row& x) const {
  double epsilon = 1e-5;
  for (const char* const key : {"layer_norm_epsilon", "layer_norm_eps", "norm_epsilon"}) {
    epsilon = number(key, epsilon);
  }
  double mean = 0, variance = 0;
  for (const double value : x) mean += value / static_cast<double>(x.size());
  for (const double value : x) {
    variance += (value - mean) * (value - mean) / static_cast<double>(x.size());
  }
  Row out(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    out[i] = (x[i] - mean) / std::sqrt(variance + epsilon) * tensor(name + ".weight").values[i] +
             tensor(name + ".bias").values[i];
  }
  return out;
}

Row ReferenceDecoder::rms_norm(const std::string& name, const Row& x) const {
  const double one = type_.starts_with("gemma") ? 1 : 0;
  double squares = 0;
  for (const double value : x) squares += value * value / static_cast<double>(x.size());
  Row out(x.size());
  for (size_t i = 0; i < x.size(); ++i) {
    out[i] = x[i] / std::sqrt(squares + number("rms_norm_eps", 1e-6)) *
             (one + tensor(name + ".weight").values[i]);
  }
  return out;
}

Row ReferenceDecoder::norm(const std::string& name, const Row& x) const {
  return has(name + ".bias") ? layer_norm(name, x) : rms_norm(name, x);
}

Row ReferenceDecoder::activate(Row x) const {
  std::string name = type_.starts_with("gemma") ? "gelu_pytorch_tanh"
                     : is("gpt2")               ? "gelu_new"
                     : is("opt")                ? "relu"
                                                : "gelu";
  for (const char* const key : {"hidden_act", "activation_function", "activation"}) {
    if (!type_.starts_with("gemma")) name = config_.value(key, name);
  }
  for (double& v : x) {
    if (name == "silu") v = v / (1 + std::exp(-v));
    if (name == "gelu") v = 0.5 * v * (1 + std::erf(v / std::sqrt(2.0)));
    if (name == "gelu_new" || name == "gelu_pytorch_tanh") {
      v = 0.5 * v * (1 + std::tanh(std::sqrt(2 / kPi) * (v + 0.044715 * std::pow(v, 3))));
    }
    if (name == "relu") v = std::max(v, 0.0);
  }
  return x;
}

/// Qwen 3 and Gemma 3: each head by itself. OLMo 2: all of them together.
void ReferenceDecoder::normalize_heads(const std::string& name, Row& rows) const {
  if (!has(name + ".weight")) return;
  const size_t length = tensor(name + ".weight").values.size();
  for (size_t begin = 0; begin < rows.size(); begin += length) {
    const Row head = rms_norm(name, part(rows, begin, length));
    std::copy(head.begin(), head.end(), rows.begin() + static_cast<std::ptrdiff_t>(begin));
  }
}

/// transformers, modeling_rope_utils.py
std::vector<double> ReferenceDecoder::frequencies(size_t layer, double& magnitude) const {
  magnitude = 1;
  double theta = number("rope_theta", number("rotary_emb_base", 10000));
  if (is("smollm3")) theta = number("rope_theta", 2e6);
  const bool is_local = is("gemma3_text") && window(layer) != 0;
  if (is_local) theta = number("rope_local_base_freq", 10000);
  const double default_part = is("gpt_neox") || is("stablelm") ? 0.25 : is("phi") ? 0.5 : 1;
  const double share = number("partial_rotary_factor", number("rotary_pct", default_part));
  const auto d = static_cast<size_t>(static_cast<double>(dimension_) * share);
  const Json scaling =
      config_.contains("rope_scaling") && !is_local ? config_.at("rope_scaling") : Json();
  const std::string type =
      scaling.is_null() ? "default" : scaling.value("rope_type", scaling.value("type", ""));
  std::vector<double> all;
  for (size_t i = 0; i < d / 2; ++i) {
    double f = std::pow(theta, -2.0 * static_cast<double>(i) / static_cast<double>(d));
    if (type == "linear") f /= scaling.at("factor").get<double>();
    if (type == "yarn") {
      const double factor = scaling.at("factor");
      const double old = scaling.at("original_max_position_embeddings");
      const auto c = [&](double turns) {
        return static_cast<double>(d) * std::log(old / (turns * 2 * kPi)) / (2 * std::log(theta));
      };
      const double low = std::max(std::floor(c(scaling.value("beta_fast", 32.0))), 0.0);
      const double high =
          std::min(std::ceil(c(scaling.value("beta_slow", 1.0))), static_cast<double>(d) - 1);
      const double ramp =
          std::clamp((static_cast<double>(i) - low) / (high == low ? 0.001 : high - low), 0.0, 1.0);
      f = f / factor * ramp + f * (1 - ramp);
      magnitude = scaling.value("attention_factor", 0.1 * std::log(factor) + 1);
    }
    if (type == "longrope") {
      const double old = number("original_max_position_embeddings", 4096);
      const double longest = number("max_position_embeddings", 0);
      f /= scaling.at(longest > old ? "long_factor" : "short_factor").at(i).get<double>();
      magnitude = longest > old ? std::sqrt(1 + std::log(longest / old) / std::log(old)) : 1;
      magnitude = scaling.value("attention_factor", magnitude);
    }
    all.push_back(f);
  }
  return all;
}

void ReferenceDecoder::rotate(Row& rows, size_t layer) const {
  if (is("gpt2") || is("opt")) return;
  if (is("smollm3")) {
    const Json& listed = config_.contains("no_rope_layers") ? config_.at("no_rope_layers") : Json();
    const bool rotates = listed.is_null() ? (layer + 1) % 4 != 0 : listed.at(layer) != 0;
    if (!rotates) return;
  }
  double magnitude = 1;
  const std::vector<double> turning = frequencies(layer, magnitude);
  // Where all of a head turns, attend() multiplies scores by it instead: the cache's rounding is
  // that of unit rotations then.
  if (2 * turning.size() == dimension_) magnitude = 1;
  for (size_t begin = 0; begin < rows.size(); begin += dimension_) {
    for (size_t i = 0; i < turning.size(); ++i) {
      double& x = rows[begin + i];
      double& y = rows[begin + i + turning.size()];
      const double angle = static_cast<double>(position_) * turning[i];
      const double c = magnitude * std::cos(angle), s = magnitude * std::sin(angle);
      const double turned = x * c - y * s;
      y = y * c + x * s;
      x = turned;
    }
  }
}

/// 0: all positions.
size_t ReferenceDecoder::window(size_t layer) const {
  const auto all = static_cast<size_t>(number("sliding_window", 0));
  if (is("gemma2")) return layer % 2 == 0 ? all : 0;
  if (is("gemma3_text")) {
    if (config_.contains("layer_types")) {
      return config_.at("layer_types").at(layer) == "sliding_attention" ? all : 0;
    }
    return (layer + 1) % static_cast<size_t>(number("sliding_window_pattern", 6)) != 0 ? all : 0;
  }
  if (is("qwen2") || is("qwen3")) {
    const bool slides = flag("use_sliding_window", false) &&
                        layer >= static_cast<size_t>(number("max_window_layers", 1e9));
    return slides ? all : 0;
  }
  return all;
}

Row ReferenceDecoder::attend(size_t layer, Heads heads) {
  rotate(heads.query, layer);
  rotate(heads.key, layer);
  for (Row* const kept : {&heads.key, &heads.value}) {
    for (double& value : *kept) value = stored(value, storing_);
  }
  Cache& cache = caches_[layer];
  cache.keys.push_back(heads.key);
  cache.values.push_back(heads.value);
  double scale = 1 / std::sqrt(static_cast<double>(dimension_));
  if (is("granite")) scale = number("attention_multiplier", 1);
  if (is("gemma2") || is("gemma3_text")) {
    scale = 1 / std::sqrt(number("query_pre_attn_scalar", 256));
  }
  double magnitude = 1;
  const bool turns_whole_heads = 2 * frequencies(layer, magnitude).size() == dimension_;
  if (turns_whole_heads) scale *= magnitude * magnitude;
  const size_t seen = window(layer);
  const size_t first = seen != 0 && position_ + 1 > seen ? position_ + 1 - seen : 0;
  Row out(heads.query.size());
  for (size_t h = 0; h < heads_; ++h) {
    const size_t q = h * dimension_, kv = h / (heads_ / kv_heads_) * dimension_;
    Row weights;
    double total = 0;
    for (size_t t = first; t <= position_; ++t) {
      double score = 0;
      for (size_t i = 0; i < dimension_; ++i) score += heads.query[q + i] * cache.keys[t][kv + i];
      weights.push_back(
          std::exp(capped(score * scale, is("gemma2") ? number("attn_logit_softcapping", 0) : 0)));
      total += weights.back();
    }
    for (size_t t = first; t <= position_; ++t) {
      for (size_t i = 0; i < dimension_; ++i) {
        out[q + i] += weights[t - first] / total * cache.values[t][kv + i];
      }
    }
  }
  return out;
}

Row ReferenceDecoder::llama_attention(size_t layer, const std::string& prefix, const Row& x) {
  Heads heads;
  if (has(prefix + "qkv_proj.weight")) {  // Phi-3
    const Row all = linear(prefix + "qkv_proj", x);
    const size_t queries = heads_ * dimension_, keys = kv_heads_ * dimension_;
    heads = {part(all, 0, queries), part(all, queries, keys), part(all, queries + keys, keys)};
  } else {
    heads = {linear(prefix + "q_proj", x), linear(prefix + "k_proj", x),
             linear(prefix + "v_proj", x)};
  }
  normalize_heads(prefix + "q_norm", heads.query);
  normalize_heads(prefix + "k_norm", heads.key);
  const char* const output = has(prefix + "dense.weight")      ? "dense"
                             : has(prefix + "out_proj.weight") ? "out_proj"
                                                               : "o_proj";
  return linear(prefix + output, attend(layer, heads));
}

/// GPT-2: all queries, all keys, all values. NeoX and Falcon: by group.
Row ReferenceDecoder::joined_attention(size_t layer, const std::string& prefix, const Row& x) {
  if (is("gpt2")) {
    const Row all = linear(prefix + "c_attn", x);
    return linear(prefix + "c_proj", attend(layer, {part(all, 0, width_), part(all, width_, width_),
                                                    part(all, 2 * width_, width_)}));
  }
  const Row all = linear(prefix + "query_key_value", x);
  Heads heads;
  size_t at = 0;
  const auto take = [&](Row& to) {
    for (size_t i = 0; i < dimension_; ++i) to.push_back(all[at++]);
  };
  for (size_t group = 0; group < kv_heads_; ++group) {
    for (size_t h = 0; h < heads_ / kv_heads_; ++h) take(heads.query);
    take(heads.key);
    take(heads.value);
  }
  return linear(prefix + "dense", attend(layer, heads));
}

Row ReferenceDecoder::llama_ffn(const std::string& prefix, const Row& x) const {
  Row gate, up;
  if (has(prefix + "gate_up_proj.weight")) {  // Phi-3
    const Row both = linear(prefix + "gate_up_proj", x);
    gate = part(both, 0, both.size() / 2);
    up = part(both, both.size() / 2, both.size() / 2);
  } else {
    gate = linear(prefix + "gate_proj", x);
    up = linear(prefix + "up_proj", x);
  }
  gate = activate(gate);
  for (size_t i = 0; i < up.size(); ++i) gate[i] *= up[i];
  return linear(prefix + "down_proj", gate);
}

Row ReferenceDecoder::plain_ffn(const std::string& up, const std::string& down,
                                const Row& x) const {
  return linear(down, activate(linear(up, x)));
}

Row ReferenceDecoder::embed(uint32_t token) const {
  const char* const name = is("gpt2")       ? "transformer.wte"
                           : is("gpt_neox") ? "gpt_neox.embed_in"
                           : is("opt")      ? "model.decoder.embed_tokens"
                           : is("falcon")   ? "transformer.word_embeddings"
                                            : "model.embed_tokens";
  const ReferenceTensor& table = tensor(std::string(name) + ".weight");
  const auto columns = static_cast<size_t>(table.shape[1]);
  Row x = part(table.values, token * columns, columns);
  if (has("model.decoder.project_in.weight")) x = linear("model.decoder.project_in", x);
  if (is("gpt2"))
    x = sum(x, part(tensor("transformer.wpe.weight").values, position_ * width_, width_));
  if (is("opt")) {
    x = sum(x, part(tensor("model.decoder.embed_positions.weight").values, (position_ + 2) * width_,
                    width_));
  }
  double factor = 1;
  if (type_.starts_with("gemma")) factor = std::sqrt(static_cast<double>(width_));
  if (is("granite")) factor = number("embedding_multiplier", 1);
  for (double& value : x) value *= factor;
  return x;
}

Row ReferenceDecoder::llama_layer(size_t layer, Row x) {
  const std::string p = "model.layers." + std::to_string(layer) + ".";
  if (is("olmo2")) {
    x = sum(x, norm(p + "post_attention_layernorm", llama_attention(layer, p + "self_attn.", x)));
    return sum(x, norm(p + "post_feedforward_layernorm", llama_ffn(p + "mlp.", x)));
  }
  const Row normed = norm(p + "input_layernorm", x);
  Row attended = llama_attention(layer, p + "self_attn.", normed);
  if (is("gemma2") || is("gemma3_text")) {
    x = sum(x, norm(p + "post_attention_layernorm", attended));
    const Row out = llama_ffn(p + "mlp.", norm(p + "pre_feedforward_layernorm", x));
    return sum(x, norm(p + "post_feedforward_layernorm", out));
  }
  if (is("stablelm") && flag("use_parallel_residual", false)) {
    return sum(sum(x, attended), llama_ffn(p + "mlp.", normed));
  }
  const double factor = is("granite") ? number("residual_multiplier", 1) : 1;
  x = sum(x, attended, factor);
  return sum(x, llama_ffn(p + "mlp.", norm(p + "post_attention_layernorm", x)), factor);
}

Row ReferenceDecoder::gpt2_layer(size_t layer, Row x) {
  const std::string p = "transformer.h." + std::to_string(layer) + ".";
  x = sum(x, joined_attention(layer, p + "attn.", norm(p + "ln_1", x)));
  return sum(x, plain_ffn(p + "mlp.c_fc", p + "mlp.c_proj", norm(p + "ln_2", x)));
}

Row ReferenceDecoder::neox_layer(size_t layer, Row x) {
  const std::string p = "gpt_neox.layers." + std::to_string(layer) + ".";
  const std::string up = p + "mlp.dense_h_to_4h", down = p + "mlp.dense_4h_to_h";
  const Row attended = joined_attention(layer, p + "attention.", norm(p + "input_layernorm", x));
  if (flag("use_parallel_residual", true)) {
    return sum(sum(x, attended), plain_ffn(up, down, norm(p + "post_attention_layernorm", x)));
  }
  x = sum(x, attended);
  return sum(x, plain_ffn(up, down, norm(p + "post_attention_layernorm", x)));
}

Row ReferenceDecoder::opt_layer(size_t layer, Row x) {
  const std::string p = "model.decoder.layers." + std::to_string(layer) + ".";
  if (flag("do_layer_norm_before", true)) {
    x = sum(x, llama_attention(layer, p + "self_attn.", norm(p + "self_attn_layer_norm", x)));
    return sum(x, plain_ffn(p + "fc1", p + "fc2", norm(p + "final_layer_norm", x)));
  }
  x = norm(p + "self_attn_layer_norm", sum(x, llama_attention(layer, p + "self_attn.", x)));
  return norm(p + "final_layer_norm", sum(x, plain_ffn(p + "fc1", p + "fc2", x)));
}

Row ReferenceDecoder::phi_layer(size_t layer, Row x) {
  const std::string p = "model.layers." + std::to_string(layer) + ".";
  const Row normed = norm(p + "input_layernorm", x);
  return sum(sum(x, llama_attention(layer, p + "self_attn.", normed)),
             plain_ffn(p + "mlp.fc1", p + "mlp.fc2", normed));
}

Row ReferenceDecoder::falcon_layer(size_t layer, Row x) {
  const std::string p = "transformer.h." + std::to_string(layer) + ".";
  const bool has_two = has(p + "ln_attn.weight");
  const Row of_attention = norm(p + (has_two ? "ln_attn" : "input_layernorm"), x);
  const Row of_ffn = has_two ? norm(p + "ln_mlp", x) : of_attention;
  const Row attended = joined_attention(layer, p + "self_attention.", of_attention);
  return sum(sum(x, attended), plain_ffn(p + "mlp.dense_h_to_4h", p + "mlp.dense_4h_to_h", of_ffn));
}

Row ReferenceDecoder::starcoder2_layer(size_t layer, Row x) {
  const std::string p = "model.layers." + std::to_string(layer) + ".";
  x = sum(x, llama_attention(layer, p + "self_attn.", norm(p + "input_layernorm", x)));
  return sum(x,
             plain_ffn(p + "mlp.c_fc", p + "mlp.c_proj", norm(p + "post_attention_layernorm", x)));
}

Row ReferenceDecoder::head(Row x) const {
  const char* const final_norm = is("gpt2")       ? "transformer.ln_f"
                                 : is("gpt_neox") ? "gpt_neox.final_layer_norm"
                                 : is("opt")      ? "model.decoder.final_layer_norm"
                                 : is("phi")      ? "model.final_layernorm"
                                 : is("falcon")   ? "transformer.ln_f"
                                                  : "model.norm";
  if (has(std::string(final_norm) + ".weight")) x = norm(final_norm, x);
  if (has("model.decoder.project_out.weight")) x = linear("model.decoder.project_out", x);
  std::string name = is("gpt_neox") ? "embed_out" : "lm_head";
  if (!has(name + ".weight")) {
    for (const char* const tied : {"transformer.wte", "model.decoder.embed_tokens",
                                   "transformer.word_embeddings", "model.embed_tokens"}) {
      if (has(std::string(tied) + ".weight")) name = tied;
    }
  }
  Row logits = linear(name, x);
  for (double& logit : logits) {
    if (is("granite")) logit /= number("logits_scaling", 1);
    if (is("gemma2")) logit = capped(logit, number("final_logit_softcapping", 0));
  }
  return logits;
}

Row ReferenceDecoder::step(uint32_t token) {
  Row x = embed(token);
  for (size_t layer = 0; layer < layers_; ++layer) {
    if (is("gpt2")) {
      x = gpt2_layer(layer, x);
    } else if (is("gpt_neox")) {
      x = neox_layer(layer, x);
    } else if (is("opt")) {
      x = opt_layer(layer, x);
    } else if (is("phi")) {
      x = phi_layer(layer, x);
    } else if (is("falcon")) {
      x = falcon_layer(layer, x);
    } else if (is("starcoder2")) {
      x = starcoder2_layer(layer, x);
    } else {
      x = llama_layer(layer, x);
    }
  }
  ++position_;
  return head(x);
}

}  // namespace nibble::test
