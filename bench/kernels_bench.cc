// Matrix products and attention of each table this CPU runs: bytes and multiply-adds per second.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <benchmark/benchmark.h>
#include <nibble/cpu.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "runtime/format/layout.h"
#include "runtime/kernels/kernels.h"

namespace {

using nibble::Kernels;
using nibble::format::TensorType;

struct FreeMemory {
  void operator()(void* memory) const { std::free(memory); }
};
template <class T>
using Array = std::unique_ptr<T[], FreeMemory>;

/// Zeroed, 64-byte aligned.
template <class T>
Array<T> allocate(size_t count) {
  const size_t bytes = (count * sizeof(T) + 63) / 64 * 64;
  T* memory = static_cast<T*>(std::aligned_alloc(64, bytes));
  std::fill_n(reinterpret_cast<uint8_t*>(memory), bytes, uint8_t{0});
  return Array<T>(memory);
}

/// A random matrix of one type with random quantized and float inputs.
class MatMulCase {
 public:
  MatMulCase(TensorType type, uint32_t rows, uint32_t k, uint32_t group, uint32_t count)
      : rows_(rows), count_(count) {
    using namespace nibble::format;
    const TensorRecord record{.type = type,
                              .role = {},
                              .layer = 0,
                              .group = static_cast<uint16_t>(is_quantized(type) ? group : 0),
                              .reserved = 0,
                              .rows = rows,
                              .columns = k};
    const TensorBytes bytes = tensor_bytes(record);
    weight_bytes_ = bytes.total().value();
    weights_ = allocate<uint8_t>(weight_bytes_);
    fill_weights(type, bytes.codes.value(), bytes.scales.value());
    const uint32_t row_bytes = quantized_row_bytes(k, group);
    codes_ = allocate<uint8_t>(size_t{row_bytes} * count);
    floats_ = allocate<float>(size_t{padded(k)} * count);
    out_ = allocate<float>(size_t{padded(rows)} * count);
    std::minstd_rand random(7);
    for (size_t i = 0; i < size_t{padded(k)} * count; ++i)
      floats_[i] = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
    arguments_ = {.weights = {.codes = weights_.get(),
                              .scales = reinterpret_cast<const uint16_t*>(weights_.get() +
                                                                          bytes.codes.value()),
                              .zeros = weights_.get() + bytes.codes.value() + bytes.scales.value(),
                              .k = padded(k),
                              .group = record.group,
                              .type = type},
                  .in = {.data = floats_.get(), .stride_bytes = size_t{padded(k)} * 4},
                  .quantized_in = {.data = codes_.get(),
                                   .stride_bytes = row_bytes,
                                   .scales_offset_bytes = padded(k),
                                   .sums_offset_bytes = padded(k) + group_count(k, group) * 4,
                                   .group = group},
                  .count = count,
                  .in_streams = (nibble::cpu_features() & nibble::kCpuReadsStreams) != 0,
                  .bias = nullptr,
                  .accumulate = false,
                  .out = {.data = out_.get(), .stride_bytes = size_t{padded(rows)} * 4}};
    width_ = k;
  }

  void quantize(const Kernels& kernels) {
    kernels.quantize({.in = arguments_.in, .width = width_, .out = arguments_.quantized_in}, 0,
                     count_);
  }
  void run(const Kernels& kernels) const {
    kernels.matmul(arguments_, 0, nibble::format::padded(rows_) / nibble::format::kBlockRows);
  }
  size_t weight_bytes() const { return weight_bytes_; }
  double multiply_adds() const { return double(rows_) * width_ * count_; }

 private:
  void fill_weights(TensorType type, size_t code_bytes, size_t scale_bytes) {
    constexpr uint16_t kSmallHalf = 0x2000;  // 2^-7
    std::minstd_rand random(5);
    uint16_t* halves = reinterpret_cast<uint16_t*>(weights_.get());
    for (size_t i = 0; i < code_bytes / 2; ++i)
      halves[i] = type == TensorType::F16 ? static_cast<uint16_t>(kSmallHalf | (random() & 0x83FF))
                                          : static_cast<uint16_t>(random() & 0x7F7F);
    for (size_t i = 0; i < scale_bytes / 2; ++i) halves[code_bytes / 2 + i] = kSmallHalf;
  }

  uint32_t rows_, width_ = 0, count_;
  size_t weight_bytes_ = 0;
  Array<uint8_t> weights_, codes_;
  Array<float> floats_, out_;
  nibble::MatMulArguments arguments_{};
};

void matmul(benchmark::State& state, const Kernels& kernels, TensorType type, uint32_t rows,
            uint32_t k, uint32_t group, uint32_t count) {
  MatMulCase work(type, rows, k, group, count);
  work.quantize(kernels);
  for (auto _ : state) work.run(kernels);
  const double iterations = static_cast<double>(state.iterations());
  state.counters["weights"] =
      benchmark::Counter(iterations * double(work.weight_bytes()), benchmark::Counter::kIsRate);
  state.counters["MAC"] =
      benchmark::Counter(iterations * work.multiply_adds(), benchmark::Counter::kIsRate);
}

/// Rows of one sequence over a random cache; each run takes the next layer, as a pass does.
class AttendCase {
 public:
  AttendCase(nibble::format::KvType type, uint32_t heads, uint32_t kv_heads, uint32_t d,
             uint32_t position, uint32_t rows)
      : heads_(heads), kv_heads_(kv_heads), width_(heads * d), position_(position), rows_(rows) {
    using namespace nibble::format;
    const uint32_t positions = padded(position + rows);
    const uint32_t key_bytes = key_position_bytes(type, d);
    const uint32_t value_bytes = value_position_bytes(type, d);
    const size_t layer_bytes = size_t{positions} * (key_bytes + value_bytes) * kv_heads;
    cache_ = allocate<uint8_t>(layer_bytes * kLayers);
    queries_ = allocate<float>(size_t{padded(width_)} * std::max(rows, positions));
    out_ = allocate<float>(size_t{padded(width_)} * rows);
    std::minstd_rand random(3);
    for (size_t i = 0; i < size_t{padded(width_)} * std::max(rows, positions); ++i)
      queries_[i] = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
    for (uint32_t layer = 0; layer < kLayers; ++layer) {
      uint8_t* planes = cache_.get() + layer_bytes * layer;
      layers_[layer] = {.keys = planes,
                        .values = planes + size_t{positions} * key_bytes * kv_heads,
                        .key_position_bytes = key_bytes,
                        .value_position_bytes = value_bytes,
                        .padded_positions = positions,
                        .kv_heads = kv_heads,
                        .head_dimension = d,
                        .type = type};
    }
    for (uint32_t p = 0; p < position + rows; ++p) places_.push_back({layers_, p});
  }

  void store(const Kernels& kernels) {
    const nibble::FloatRows in{queries_.get(), size_t{nibble::format::padded(width_)} * 4};
    for (uint32_t layer = 0; layer < kLayers; ++layer)
      kernels.append_kv({in, in, places_.data(), layer}, 0, position_ + rows_);
  }
  void run(const Kernels& kernels) {
    const size_t stride_bytes = size_t{nibble::format::padded(width_)} * 4;
    kernels.attend({.queries = {queries_.get(), stride_bytes},
                    .heads = heads_,
                    .rows = places_.data() + position_,
                    .count = rows_,
                    .layer = next_layer_++ % kLayers,
                    .scale_bits = 0x3E000000,  // 1/8
                    .cap_bits = 0,
                    .out = {out_.get(), stride_bytes}},
                   0, kv_heads_ * rows_);
  }
  /// Of scores and values.
  double multiply_adds() const { return 2.0 * width_ * rows_ * (position_ + (rows_ + 1) / 2.0); }

 private:
  static constexpr uint32_t kLayers = 30;
  uint32_t heads_, kv_heads_, width_, position_, rows_, next_layer_ = 0;
  nibble::KvCache layers_[kLayers] = {};
  std::vector<nibble::RowPlace> places_;
  Array<uint8_t> cache_;
  Array<float> queries_, out_;
};

void attend(benchmark::State& state, const Kernels& kernels, AttendCase& work) {
  work.store(kernels);
  for (auto _ : state) work.run(kernels);
  state.counters["MAC"] = benchmark::Counter(
      static_cast<double>(state.iterations()) * work.multiply_adds(), benchmark::Counter::kIsRate);
}

struct NamedType {
  const char* name;
  TensorType type;
};
constexpr NamedType kTypes[] = {{"int4", TensorType::Int4},
                                {"int4_zero", TensorType::Int4Zero},
                                {"int8", TensorType::Int8},
                                {"f16", TensorType::F16}};

void register_table(const Kernels& kernels) {
  struct Shape {
    const char* name;
    uint32_t rows, k, count;
  };
  // In cache, streamed from memory (one token), and a prompt.
  constexpr Shape kShapes[] = {
      {"cached", 576, 576, 1}, {"decode", 98304, 1536, 1}, {"prefill", 1536, 576, 128}};
  for (const NamedType& type : kTypes)
    for (const Shape& shape : kShapes)
      for (uint32_t group : {128u, 32u}) {
        if (type.type == TensorType::F16 && group != 128) continue;
        const std::string name = std::string(kernels.name) + "/" + type.name + "/" + shape.name +
                                 "/g" + std::to_string(group);
        benchmark::RegisterBenchmark(
            name.c_str(), [&kernels, type, shape, group](benchmark::State& s) {
              matmul(s, kernels, type.type, shape.rows, shape.k, group, shape.count);
            });
      }
}

void register_attention(const Kernels& kernels) {
  struct Shape {
    const char* name;
    uint32_t heads, kv_heads, d, position, rows;
  };
  constexpr Shape kShapes[] = {{"decode/9x3", 9, 3, 64, 1900, 1},
                               {"decode/6x6", 6, 6, 48, 200, 1},
                               {"prefill/9x3", 9, 3, 64, 896, 128}};
  struct Type {
    const char* name;
    nibble::format::KvType type;
  };
  constexpr Type kCacheTypes[] = {{"int4", nibble::format::KvType::Int4},
                                  {"hybrid", nibble::format::KvType::Hybrid},
                                  {"int8", nibble::format::KvType::Int8},
                                  {"f16", nibble::format::KvType::F16}};
  for (const Type& type : kCacheTypes)
    for (const Shape& s : kShapes) {
      const std::string name = std::string(kernels.name) + "/attend/" + type.name + "/" + s.name;
      benchmark::RegisterBenchmark(name.c_str(), [&kernels, type, s](benchmark::State& state) {
        AttendCase work(type.type, s.heads, s.kv_heads, s.d, s.position, s.rows);
        attend(state, kernels, work);
      });
    }
}

/// Integer additions that each wait for the one before: one a cycle on every CPU in question, so
/// their rate is the clock that cycles are counted by.
void clock_rate(benchmark::State& state) {
  constexpr int kAdditions = 1024;
  uint64_t sum = 1, one = 1;
  for (auto _ : state)
#pragma GCC unroll 64
    for (int i = 0; i < kAdditions; ++i)
#if defined(__x86_64__)
      asm volatile("add %1, %0" : "+r"(sum) : "r"(one));
#else
      asm volatile("add %0, %0, %1" : "+r"(sum) : "r"(one));
#endif
  state.counters["clock"] = benchmark::Counter(static_cast<double>(state.iterations()) * kAdditions,
                                               benchmark::Counter::kIsRate);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::RegisterBenchmark("clock", clock_rate);
  const uint64_t features = nibble::cpu_features();
  for (const Kernels* kernels : nibble::compiled_kernels())
    if (runs_on(*kernels, features)) {
      register_table(*kernels);
      register_attention(*kernels);
    }
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
