// A decoder as operations: embedding, layers of attention and feed-forward, logits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/decoder.h"

#include <cmath>

#include "offline/architectures/decoder_tensors.h"
#include "offline/weights/rearrange.h"

namespace nibble::offline {
namespace {

using format::Role;

class DecoderCompiler {
 public:
  DecoderCompiler(const DecoderParameters& shape, const SourceTensors& tensors,
                  const SchemeChoice& scheme)
      : shape_(shape), build_(shape, tensors, scheme), tensors_(shape, build_) {}

  Network compile() {
    for (const std::string& suffix : shape_.names.ignored) build_.sources().ignore(suffix);
    embed();
    add_rotary_tables();
    for (uint32_t layer = 0; layer < shape_.num_hidden_layers; ++layer) {
      build_.start_layer(layer);
      tensors_.start_layer(layer);
      layer_ = shape_.layers.empty() ? DecoderLayer{} : shape_.layers[layer];
      shape_.residual == Residual::Sequential ? sequential_layer() : parallel_layer();
    }
    build_.end_layers();
    tensors_.end_layers();
    logits();
    return build_.finish();
  }

 private:
  bool norms_inputs() const {
    return shape_.norm_place == NormPlace::Input || shape_.norm_place == NormPlace::InputAndOutput;
  }
  bool norms_outputs() const {
    return shape_.norm_place == NormPlace::Output || shape_.norm_place == NormPlace::InputAndOutput;
  }
  uint32_t embedding_width() const {
    return shape_.embedding_width != 0 ? shape_.embedding_width : shape_.hidden_size;
  }

  void embed() {
    const std::string name = tensors_.full(shape_.names.embedding) + ".weight";
    const std::string head = shape_.names.head + ".weight";
    embedding_ =
        build_.matrix(shape_.tie_word_embeddings ? build_.sources().tied_name(name, head) : name,
                      Role::Embedding, shape_.vocab_size, embedding_width());
    const bool is_projected = shape_.embedding_width != 0;
    residual_ =
        build_.embed(is_projected ? "embedded" : "residual", embedding_, shape_.embedding_scale);
    if (is_projected) {
      const TensorId in =
          build_.matrix(tensors_.full(shape_.names.project_in) + ".weight",
                        Role::EmbeddingProjection, shape_.hidden_size, embedding_width());
      residual_ = build_.project(build_.contents(residual_), {{"residual", in}})[0];
    }
    if (!shape_.names.positions.empty()) add_positions();
  }

  void add_positions() {
    const uint32_t rows = shape_.max_position_embeddings, skipped = shape_.skipped_positions;
    const std::string name = tensors_.full(shape_.names.positions) + ".weight";
    const Weights table = build_.sources().take(name, {rows + skipped, shape_.hidden_size});
    build_.add_positions(residual_, build_.positions(name, slice_rows(table, skipped, rows)));
  }

  void add_rotary_tables() {
    for (size_t i = 0; i < shape_.rotary.size(); ++i) {
      const std::string number = i == 0 ? "" : " " + std::to_string(i + 1);
      const TensorId increments = build_.increments(
          "rotary.increments" + number, rotary_increments(shape_.rotary[i], shape_.head_dim));
      tables_.push_back(build_.rotary_table("rotary table" + number, increments));
    }
  }

  Producer normalized(BufferId input, const NormTensors& norm) {
    if (shape_.norm == Norm::Rms) return build_.rms_norm(input, norm.gain, shape_.norm_epsilon);
    return build_.layer_norm(input, norm.gain, norm.bias, shape_.norm_epsilon);
  }
  void normalize_in_place(BufferId values, const NormTensors& norm) {
    normalized(values, norm).emit(values);
  }

  NormTensors attention_norm() {
    return tensors_.norm(shape_.names.attention_norm, Role::AttentionNorm, Role::AttentionNormBias);
  }
  NormTensors ffn_norm() {
    return tensors_.norm(shape_.names.ffn_norm, Role::FfnNorm, Role::FfnNormBias);
  }

  void sequential_layer() {
    const Producer attention_input =
        norms_inputs() ? normalized(residual_, attention_norm()) : build_.contents(residual_);
    std::vector<Projection> projections = attention_projections();
    const std::vector<BufferId> inputs = build_.project(attention_input, projections);
    const Producer attended = attend(inputs[0], inputs[1], inputs[2]);
    add_branch(attended, tensors_.attention_output(), shape_.names.attention_output_norm,
               Role::AttentionOutputNorm, &DecoderCompiler::attention_norm);
    const Producer ffn_input =
        norms_inputs() ? normalized(residual_, ffn_norm()) : build_.contents(residual_);
    projections = ffn_projections();
    const Producer activated = activate(build_.project(ffn_input, projections));
    add_branch(activated, tensors_.ffn_output(), shape_.names.ffn_output_norm, Role::FfnOutputNorm,
               &DecoderCompiler::ffn_norm);
  }

  /// Both branches read the residual before either adds to it.
  void parallel_layer() {
    const Producer attention_input = normalized(residual_, attention_norm());
    std::vector<Projection> projections = attention_projections();
    std::vector<BufferId> ffn_inputs, inputs;
    if (shape_.residual == Residual::ParallelShared) {
      for (const Projection& projection : ffn_projections()) projections.push_back(projection);
      inputs = build_.project(attention_input, projections);
      ffn_inputs.assign(inputs.begin() + 3, inputs.end());
    } else {
      inputs = build_.project(attention_input, projections);
      const Producer ffn_input = normalized(residual_, ffn_norm());
      ffn_inputs = build_.project(ffn_input, ffn_projections());
    }
    const Producer attended = attend(inputs[0], inputs[1], inputs[2]);
    const Linear output = tensors_.attention_output();
    build_.project_onto(residual_, attended, output.weights, output.bias);
    const Linear down = tensors_.ffn_output();
    build_.project_onto(residual_, activate(ffn_inputs), down.weights, down.bias);
  }

  std::vector<Projection> attention_projections() {
    const auto [query, key, value] = tensors_.attention_inputs();
    return {{"queries", query.weights, query.bias},
            {"keys", key.weights, key.bias},
            {"values", value.weights, value.bias}};
  }

  void normalize_heads(BufferId values, const std::string& name, Role role, uint32_t width) {
    if (shape_.head_norm == HeadNorm::None) return;
    const TensorId gain = tensors_.head_gain(name, role, width);
    const bool is_each = shape_.head_norm == HeadNorm::EachHead;
    build_.normalize_segments(values, gain, shape_.norm_epsilon, is_each ? shape_.head_dim : width);
  }

  Producer attend(BufferId queries, BufferId keys, BufferId values) {
    normalize_heads(queries, shape_.names.query_norm, Role::QueryNorm, shape_.query_width());
    normalize_heads(keys, shape_.names.key_norm, Role::KeyNorm, shape_.key_width());
    double scale = shape_.attention_scale;
    if (scale == 0) scale = 1 / std::sqrt(1.0 * shape_.head_dim);
    if (layer_.rotary != kNoRotation && !tables_.empty()) {
      const BufferId table = tables_[static_cast<size_t>(layer_.rotary)];
      const RotarySettings& rotary = shape_.rotary[static_cast<size_t>(layer_.rotary)];
      build_.rotate(queries, table, shape_.num_attention_heads);
      build_.rotate(keys, table, shape_.num_key_value_heads);
      if (rotary.dimensions(shape_.head_dim) == shape_.head_dim) {
        scale *= rotary.magnitude * rotary.magnitude;
      }
    }
    build_.append_kv(keys, values, layer_.window);
    return build_.attend(queries, scale, shape_.score_cap);
  }

  std::vector<Projection> ffn_projections() {
    const std::vector<Linear> inputs = tensors_.ffn_inputs();
    if (!shape_.is_gated) return {{"up", inputs[0].weights, inputs[0].bias}};
    return {{"gate", inputs[0].weights, inputs[0].bias}, {"up", inputs[1].weights, inputs[1].bias}};
  }

  Producer activate(const std::vector<BufferId>& inputs) {
    const BufferId up = shape_.is_gated ? inputs[1] : BufferId::None;
    return build_.gated_activation(inputs[0], up, shape_.activation);
  }

  /// x += output(producer), with a norm in its place.
  void add_branch(const Producer& producer, const Linear& output, const std::string& output_norm,
                  Role role, NormTensors (DecoderCompiler::*norm_of_sum)()) {
    if (norms_outputs()) {
      const BufferId branch =
          build_.project(producer, {{"branch", output.weights, output.bias}})[0];
      normalize_in_place(branch, tensors_.norm(output_norm, role, role));
      build_.add(residual_, branch);
      return;
    }
    build_.project_onto(residual_, producer, output.weights, output.bias);
    if (shape_.norm_place == NormPlace::Sum) normalize_in_place(residual_, (this->*norm_of_sum)());
  }

  void logits() {
    const NormTensors norm = shape_.has_final_norm ? tensors_.final_norm() : NormTensors{};
    TensorId out = TensorId::None, head = embedding_, bias = TensorId::None;
    if (shape_.embedding_width != 0) {
      out = build_.matrix(tensors_.full(shape_.names.project_out) + ".weight", Role::HeadProjection,
                          embedding_width(), shape_.hidden_size);
    }
    if (!shape_.tie_word_embeddings) {
      head = build_.matrix(shape_.names.head + ".weight", Role::Head, shape_.vocab_size,
                           embedding_width());
    }
    if (shape_.head_bias) {
      bias = build_.vector(shape_.names.head + ".bias", Role::HeadBias, shape_.vocab_size);
    }
    const BufferId wanted = build_.gather_rows(residual_);
    Producer last = shape_.has_final_norm ? normalized(wanted, norm) : build_.contents(wanted);
    if (out != TensorId::None) {
      last = build_.contents(build_.project(last, {{"projected", out}})[0]);
    }
    build_.logits(last, head, bias, shape_.logit_cap);
  }

  const DecoderParameters& shape_;
  ProgramBuilder build_;
  DecoderTensors tensors_;
  TensorId embedding_ = TensorId::None;
  BufferId residual_ = BufferId::None;
  std::vector<BufferId> tables_;
  DecoderLayer layer_;
};

}  // namespace

Network compile_decoder(const HyperParameters& shape, const SourceTensors& tensors,
                        const SchemeChoice& scheme) {
  return DecoderCompiler(dynamic_cast<const DecoderParameters&>(shape), tensors, scheme).compile();
}

}  // namespace nibble::offline
