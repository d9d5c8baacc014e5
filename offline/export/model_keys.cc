// Gives every key of the family its value, and refuses a model that the family's keys do not tell.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/model_keys.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "offline/architectures/activation.h"
#include "offline/architectures/windows.h"
#include "offline/export/scaling_keys.h"
#include "offline/files/input_error.h"
#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

class KeyWriter {
 public:
  KeyWriter(const ExportSource& source, const GgufFamily& family, const ProgramFacts& facts,
            ModelKeys& out)
      : source_(source),
        family_(family),
        facts_(facts),
        out_(out),
        prefix_(std::string(family.name) + "."),
        settings_(family.settings()) {}

  void write() {
    check_form();
    add_sizes();
    add_factors();
    add_rotary();
    add_windows();
    out_.keys.add(prefix_ + "vocab_size", source_.shape.vocab_size);
  }

 private:
  [[noreturn]] void refuse(const std::string& what) const {
    throw InputError(source_.architecture,
                     what + ", which GGUF's " + std::string(family_.name) + " has no key for");
  }
  bool has_setting(const char* key) const {
    return std::ranges::find(settings_, key, &NamePair::gguf) != settings_.end();
  }
  /// Adds a setting if the family has it.
  template <class T>
  void add_setting(const char* key, T value) {
    if (has_setting(key)) out_.keys.add(prefix_ + key, value);
  }
  template <class T>
  void add_key(const char* key, T value) {
    out_.keys.add(prefix_ + key, value);
  }

  void check_form() const {
    const auto name = nlohmann::json::parse(family_.activation.json).get<std::string>();
    if (find_activation(name) != facts_.activation) {
      refuse(std::string("has the activation ") +
             format::kActivationNames[static_cast<size_t>(facts_.activation)]);
    }
    if (facts_.is_parallel != family_.is_parallel && !has_setting("use_parallel_residual")) {
      refuse(facts_.is_parallel ? "has parallel branches" : "has branches one after the other");
    }
    for (uint32_t layer = 0; layer < facts_.layers.size(); ++layer) check_rotation(layer);
  }

  void check_rotation(uint32_t layer) const {
    const bool should_turn =
        !family_.theta.empty() && !ends_period(layer, family_.unrotated_period);
    if ((facts_.layers[layer].rotary != format::kNone) == should_turn) return;
    refuse("has " + std::string(should_turn ? "no positions" : "positions") + " in layer " +
           std::to_string(layer));
  }

  void add_sizes() {
    const HyperParameters& shape = source_.shape;
    add_setting("context_length", shape.max_position_embeddings);
    add_setting("embedding_length", shape.hidden_size);
    add_setting("block_count", shape.num_hidden_layers);
    add_setting("feed_forward_length", shape.intermediate_size);
    add_setting("attention.head_count", shape.num_attention_heads);
    add_setting("attention.head_count_kv", shape.num_key_value_heads);
    add_setting("attention.key_length", shape.head_dim);
    if (has_setting("attention.key_length")) add_key("attention.value_length", shape.head_dim);
    add_key(std::string(family_.norm.gguf).c_str(), facts_.epsilon);
    add_setting("use_parallel_residual", facts_.is_parallel);
  }

  /// Granite's factors of branches and logits are in the weights already.
  void add_factors() {
    add_setting("embedding_scale", facts_.embedding_scale);
    add_setting("residual_scale", 1.0f);
    add_setting("logit_scale", 1.0f);
    add_setting("attention.scale", facts_.score_scale);
    add_cap("attn_logit_softcapping", facts_.score_cap);
    add_cap("final_logit_softcapping", facts_.logit_cap);
  }
  /// A family that always caps has no way to say that a model does not.
  void add_cap(const char* key, float cap) {
    if (cap != 0 && !has_setting(key)) refuse(std::string("has a cap (") + key + ")");
    if (cap != 0) add_key(key, cap);
    const bool always_caps = has_setting("attn_logit_softcapping");
    if (cap == 0 && always_caps) refuse(std::string("has no cap (") + key + ")");
  }

  float published_scale() const {
    const HyperParameters& shape = source_.shape;
    const uint64_t divisor = gguf_score_divisor(family_, shape.num_hidden_layers, shape.hidden_size,
                                                shape.num_attention_heads, shape.head_dim);
    return static_cast<float>(1 / std::sqrt(static_cast<double>(divisor)));
  }

  void add_rotary() {
    // Where scores have a factor of another size, all dimensions that turn carry its root.
    const double stretch =
        has_setting("attention.scale") ? 1 : double{facts_.score_scale} / published_scale();
    if (family_.theta.empty()) {
      if (stretch != 1) refuse("scales scores by " + std::to_string(facts_.score_scale));
      return;
    }
    ScalingKeys scaling(source_, family_, out_);
    scaling.add_tables();
    if (!scaling.add_magnitude(magnitude_of(stretch))) {
      refuse("scales scores by " + std::to_string(facts_.score_scale));
    }
  }

  /// The published one, where it is that, has bits that the program's single has lost.
  double magnitude_of(double stretch) const {
    const double found = std::sqrt(stretch);
    if (source_.rotary.empty()) return found;
    const double published = source_.rotary.front().magnitude;
    return std::fabs(published - found) < 1e-6 * published ? published : found;
  }

  void add_windows() {
    const bool has_windows = std::ranges::any_of(facts_.layers, slides);
    if (!has_windows && family_.window_period == 0) return;
    if (family_.windows == WindowForm::None) refuse("has windows");
    const uint32_t window = widest_window();
    if (family_.windows == WindowForm::Uniform) {
      const auto is_same = [window](const LayerFacts& one) { return one.window == window; };
      if (!std::ranges::all_of(facts_.layers, is_same)) refuse("has windows in some layers");
    }
    add_key("attention.sliding_window", window);
    if (family_.windows == WindowForm::Listed) add_pattern();
    if (family_.llama_cpp_has_windows) return;
    out_.notes.push_back("llama.cpp ignores the windows of " + std::string(family_.name) +
                         ": beyond position " + std::to_string(window) +
                         " it computes something else");
  }

  static bool slides(const LayerFacts& layer) { return layer.window != 0; }
  /// One that is as long as the context is none any more.
  uint32_t widest_window() const {
    const auto widest = std::ranges::max_element(facts_.layers, {}, &LayerFacts::window);
    return widest->window != 0 ? widest->window : source_.shape.max_position_embeddings;
  }

  void add_pattern() {
    std::vector<bool> windowed;
    const uint16_t global = first_table();
    for (const LayerFacts& layer : facts_.layers) {
      windowed.push_back(slides(layer) || layer.rotary != global);
    }
    if (family_.window_period == 0) {
      return out_.keys.add(prefix_ + "attention.sliding_window_pattern", windowed);
    }
    const bool has_any = std::ranges::find(windowed, true) != windowed.end();
    if (!has_any) return add_key("attention.sliding_window_pattern", family_.window_period);
    for (uint32_t period = 1; period <= windowed.size() + 1; ++period) {
      if (!has_period(windowed, period)) continue;
      return add_key("attention.sliding_window_pattern", period);
    }
    refuse("has windows in layers that are not every so many-th");
  }
  static bool has_period(const std::vector<bool>& windowed, uint32_t period) {
    for (uint32_t layer = 0; layer < windowed.size(); ++layer) {
      if (windowed[layer] == ends_period(layer, period)) return false;
    }
    return true;
  }
  /// The increments of layers that see everything.
  uint16_t first_table() const {
    const auto& tensors = source_.network.tensors;
    const auto found = std::ranges::find(tensors, format::Role::Rotary, &TensorPlan::role);
    return static_cast<uint16_t>(found - tensors.begin());
  }

  const ExportSource& source_;
  const GgufFamily& family_;
  const ProgramFacts& facts_;
  ModelKeys& out_;
  std::string prefix_;
  std::vector<NamePair> settings_;
};

}  // namespace

void add_model_keys(const ExportSource& source, const GgufFamily& family, const ProgramFacts& facts,
                    ModelKeys& keys) {
  KeyWriter(source, family, facts, keys).write();
}

}  // namespace nibble::offline
