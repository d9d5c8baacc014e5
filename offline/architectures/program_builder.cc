// Appends operations to a Network, quantizing activations only where no other operation does.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/program_builder.h"

#include <bit>
#include <numeric>

namespace nibble::offline {
namespace {

using format::BufferRows;
using format::BufferType;
using format::OpCode;
using format::TensorType;

std::vector<uint32_t> identity(uint32_t count) {
  std::vector<uint32_t> rows(count);
  std::iota(rows.begin(), rows.end(), 0u);
  return rows;
}

/// For each element of the attended heads the value's row that makes it: query heads share value
/// heads.
std::vector<uint32_t> value_rows(const HyperParameters& shape) {
  const uint32_t sharing = shape.num_attention_heads / shape.num_key_value_heads;
  std::vector<uint32_t> rows;
  for (uint32_t head = 0; head < shape.num_attention_heads; ++head) {
    for (uint32_t i = 0; i < shape.head_dim; ++i) {
      rows.push_back(head / sharing * shape.head_dim + i);
    }
  }
  return rows;
}

}  // namespace

TensorId ProgramBuilder::matrix(const std::string& name, format::Role role, Weights weights) {
  Scheme scheme = scheme_(role, writer_.layer());
  if (scheme.type == TensorType::F16) scheme.group = 0;
  const uint32_t rows = weights->rows(), columns = weights->columns();
  return writer_.add({name, role, format::kNoLayer, scheme, rows, columns, std::move(weights), {}});
}

TensorId ProgramBuilder::vector(const std::string& name, format::Role role, Weights weights) {
  const uint32_t columns = weights->columns();
  const Scheme scheme{TensorType::F32Vector, 0};
  return writer_.add({name, role, format::kNoLayer, scheme, 1, columns, std::move(weights), {}});
}

TensorId ProgramBuilder::increments(const std::string& name, std::vector<uint64_t> values) {
  const auto count = static_cast<uint32_t>(values.size());
  const Scheme scheme{TensorType::U64Vector, 0};
  return writer_.add(
      {name, format::Role::Rotary, format::kNoLayer, scheme, 1, count, nullptr, std::move(values)});
}

void ProgramBuilder::emit(OpCode code, BufferId output, const Operands& operands,
                          Accumulate accumulate) {
  made_by_.erase(output);
  writer_.emit(code, output, operands, accumulate);
}

void ProgramBuilder::matmul(BufferId output, BufferId input, TensorId weights, TensorId bias,
                            Accumulate accumulate) {
  emit(OpCode::MatMul, output, {.input = {input, BufferId::None}, .tensor = {weights, bias}},
       accumulate);
  if (accumulate == Accumulate::Yes) return;
  std::vector<TensorId>& makers = made_by_[output] = {weights};
  if (bias != TensorId::None) makers.push_back(bias);
}

TensorId ProgramBuilder::positions(const std::string& name, Weights weights) {
  const uint32_t rows = weights->rows(), columns = weights->columns();
  return writer_.add({name,
                      format::Role::PositionEmbedding,
                      format::kNoLayer,
                      {TensorType::F16, 0},
                      rows,
                      columns,
                      std::move(weights),
                      {}});
}

BufferId ProgramBuilder::embed(const std::string& name, TensorId embedding, float scale) {
  const BufferId embedded = writer_.buffer(name, BufferRows::Token, writer_[embedding].columns);
  const uint32_t bits = scale == 1 ? 0 : std::bit_cast<uint32_t>(scale);
  emit(OpCode::Embed, embedded, {.tensor = {embedding, TensorId::None}, .argument = {bits}});
  embeddings_.insert(embedding);
  return embedded;
}

void ProgramBuilder::add_positions(BufferId sum, TensorId table) {
  emit(OpCode::Embed, sum, {.tensor = {table, TensorId::None}, .flags = format::kOpByPosition},
       Accumulate::Yes);
}

BufferId ProgramBuilder::rotary_table(const std::string& name, TensorId increments) {
  const BufferId table = writer_.buffer(name, BufferRows::Token, 2 * writer_[increments].columns);
  emit(OpCode::RotaryTable, table, {.tensor = {increments, TensorId::None}});
  return table;
}

Producer ProgramBuilder::rms_norm(BufferId input, TensorId gain, float epsilon) {
  return {.name = "normalized",
          .rows = writer_[input].rows,
          .fusion = Fusion::Allowed,
          .emit =
              [this, input, gain, epsilon](BufferId output) {
                emit(OpCode::RmsNorm, output,
                     {.input = {input, BufferId::None},
                      .tensor = {gain, TensorId::None},
                      .argument = {std::bit_cast<uint32_t>(epsilon)}});
              },
          .scaled_by = {gain},
          .row_of_column = identity(writer_[gain].columns)};
}

Producer ProgramBuilder::layer_norm(BufferId input, TensorId gain, TensorId bias, float epsilon) {
  std::vector<TensorId> scaled_by = {gain};
  if (bias != TensorId::None) scaled_by.push_back(bias);
  return {.name = "normalized",
          .rows = writer_[input].rows,
          .fusion = Fusion::Allowed,
          .emit =
              [this, input, gain, bias, epsilon](BufferId output) {
                emit(OpCode::LayerNorm, output,
                     {.input = {input, BufferId::None},
                      .tensor = {gain, bias},
                      .argument = {std::bit_cast<uint32_t>(epsilon)}});
              },
          .scaled_by = std::move(scaled_by),
          .row_of_column = identity(writer_[gain].columns)};
}

void ProgramBuilder::normalize_segments(BufferId values, TensorId gain, float epsilon,
                                        uint32_t segment) {
  const uint32_t given = segment == writer_[values].width ? 0 : segment;
  emit(OpCode::RmsNorm, values,
       {.input = {values, BufferId::None},
        .tensor = {gain, TensorId::None},
        .argument = {std::bit_cast<uint32_t>(epsilon), given}});
}

void ProgramBuilder::rotate(BufferId values, BufferId table, uint32_t heads) {
  emit(OpCode::Rotate, values,
       {.input = {table, BufferId::None}, .argument = {heads, writer_[values].width / heads}});
}

void ProgramBuilder::append_kv(BufferId keys, BufferId values, uint32_t window) {
  values_made_by_ = made_by_[values];
  if (window >= shape_.max_position_embeddings) window = 0;
  emit(OpCode::AppendKv, BufferId::None, {.input = {keys, values}, .argument = {0, 0, window}});
}

Producer ProgramBuilder::attend(BufferId queries, double scale, float cap) {
  const uint32_t bits = std::bit_cast<uint32_t>(static_cast<float>(scale));
  return {.name = "attended",
          .rows = writer_[queries].rows,
          .fusion = Fusion::Forbidden,
          .emit =
              [this, queries, bits, cap](BufferId output) {
                emit(OpCode::Attend, output,
                     {.input = {queries, BufferId::None},
                      .argument = {bits, std::bit_cast<uint32_t>(cap)}});
              },
          .scaled_by = values_made_by_,
          .row_of_column = value_rows(shape_)};
}

Producer ProgramBuilder::gated_activation(BufferId gate, BufferId up,
                                          format::Activation activation) {
  return {.name = "gated",
          .rows = writer_[gate].rows,
          .fusion = Fusion::Allowed,
          .emit =
              [this, gate, up, activation](BufferId output) {
                emit(OpCode::GatedActivation, output,
                     {.input = {gate, up}, .argument = {static_cast<uint32_t>(activation)}});
              },
          .scaled_by = up == BufferId::None ? std::vector<TensorId>{} : made_by_[up],
          .row_of_column = identity(writer_[gate].width)};
}

Producer ProgramBuilder::contents(BufferId buffer) {
  return {.name = "quantized contents",
          .rows = writer_[buffer].rows,
          .fusion = Fusion::Forbidden,
          .emit = nullptr,
          .scaled_by = {},
          .row_of_column = {},
          .made = buffer};
}

void ProgramBuilder::add(BufferId sum, BufferId addend) {
  emit(OpCode::Add, sum, {.input = {addend, BufferId::None}});
}

BufferId ProgramBuilder::gather_rows(BufferId input) {
  const BufferId output = writer_.buffer("gathered", BufferRows::Logit, writer_[input].width);
  emit(OpCode::GatherRows, output, {.input = {input, BufferId::None}});
  return output;
}

ActivationFormat ProgramBuilder::format_for(TensorId weights) const {
  const Scheme& scheme = writer_[weights].scheme;
  if (scheme.type == TensorType::F16) return {};
  return {BufferType::Int8, static_cast<uint16_t>(scheme.group)};
}

std::vector<BufferId> ProgramBuilder::activations(const Producer& producer,
                                                  std::span<const TensorId> consumers) {
  const uint32_t width = writer_[consumers.front()].columns;
  std::set<ActivationFormat> formats;
  for (const TensorId weights : consumers) formats.insert(format_for(weights));
  // One format that the producing operation writes itself needs no detour over floats.
  const bool is_fused = producer.fusion == Fusion::Allowed && formats.size() == 1;
  const ActivationFormat produced = is_fused ? *formats.begin() : ActivationFormat{};
  BufferId source = producer.made;
  if (source == BufferId::None) {
    source = writer_.buffer(producer.name, producer.rows, width, produced);
    producer.emit(source);
  }
  std::map<ActivationFormat, BufferId> made = {{produced, source}};
  for (const ActivationFormat& format : formats) {
    if (made.contains(format)) continue;
    made[format] = writer_.buffer(producer.name, producer.rows, width, format);
    emit(OpCode::Quantize, made[format], {.input = {source, BufferId::None}});
  }
  std::vector<BufferId> inputs;
  for (const TensorId weights : consumers) inputs.push_back(made.at(format_for(weights)));
  add_scale_edge(producer, consumers);
  return inputs;
}

void ProgramBuilder::add_scale_edge(const Producer& producer, std::span<const TensorId> consumers) {
  if (producer.scaled_by.empty()) return;
  ScaleEdge edge{.producers = {}, .consumers = {}, .row_of_column = producer.row_of_column};
  for (const TensorId tensor : producer.scaled_by) {
    edge.producers.push_back(static_cast<uint16_t>(tensor));
  }
  for (const TensorId tensor : consumers) {
    if (embeddings_.contains(tensor)) return;
    edge.consumers.push_back(static_cast<uint16_t>(tensor));
  }
  writer_.add(std::move(edge));
}

std::vector<BufferId> ProgramBuilder::project(const Producer& producer,
                                              const std::vector<Projection>& projections) {
  std::vector<TensorId> consumers;
  std::vector<BufferId> outputs;
  for (const Projection& projection : projections) {
    consumers.push_back(projection.weights);
    outputs.push_back(
        writer_.buffer(projection.output, producer.rows, writer_[projection.weights].rows));
  }
  const std::vector<BufferId> inputs = activations(producer, consumers);
  for (size_t i = 0; i < projections.size(); ++i) {
    matmul(outputs[i], inputs[i], projections[i].weights, projections[i].bias);
  }
  return outputs;
}

void ProgramBuilder::project_onto(BufferId sum, const Producer& producer, TensorId weights,
                                  TensorId bias) {
  const TensorId consumers[] = {weights};
  matmul(sum, activations(producer, consumers)[0], weights, bias, Accumulate::Yes);
}

void ProgramBuilder::logits(const Producer& producer, TensorId head, TensorId bias, float cap) {
  const BufferId logits = project(producer, {{"logits", head, bias}})[0];
  if (cap == 0) return;
  emit(OpCode::GatedActivation, logits,
       {.input = {logits, BufferId::None},
        .argument = {static_cast<uint32_t>(format::Activation::SoftCap),
                     std::bit_cast<uint32_t>(cap)}});
}

Network ProgramBuilder::finish() {
  sources_.refuse_others();
  return writer_.finish();
}

}  // namespace nibble::offline
