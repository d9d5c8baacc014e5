// Operands for kernels, element by element as format/layout.h states it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/runtime/kernels/operands.h"

#include <cmath>
#include <cstring>

namespace nibble::kernel_test {
namespace {

using format::TensorType;

constexpr uint8_t kGuard = 0x5C;
constexpr uint8_t kSpoiled = 0xA5;

template <class T>
T load(const uint8_t* from) {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}
template <class T>
void save(uint8_t* to, T value) {
  std::memcpy(to, &value, sizeof(T));
}

size_t code_offset(TensorType type, uint32_t k, uint32_t row, uint32_t column) {
  const size_t block = row / 32;
  const uint32_t lane = row % 32;
  if (type == TensorType::F16) return block * k * 64 + column * 64 + lane * 2;
  if (type == TensorType::Int8) return block * k * 32 + column / 4 * 128 + lane * 4 + column % 4;
  return block * k * 16 + column / 8 * 128 + lane * 4 + column % 4;
}

}  // namespace

uint64_t Random::next() {
  state_ ^= state_ >> 12;
  state_ ^= state_ << 25;
  state_ ^= state_ >> 27;
  return state_ * 0x2545F4914F6CDD1Du;
}

float Random::between(float low, float high) {
  // In double the product is exact: the same number with and without fused multiply-add.
  const double unit = static_cast<double>(next() >> 40) * 0x1p-24;
  return static_cast<float>(low + (double{high} - low) * unit);
}

std::vector<const Kernels*> runnable_kernels() {
  const uint64_t features = cpu_features();
  std::vector<const Kernels*> runnable;
  for (const Kernels* kernels : compiled_kernels())
    if (runs_on(*kernels, features)) runnable.push_back(kernels);
  return runnable;
}

const Kernels& scalar_kernels() {
  const auto all = compiled_kernels();
  return *all[all.size() - 1];
}

AlignedBytes::AlignedBytes(size_t bytes) : bytes_(bytes), lines_((bytes + 63) / 64 + 1) {
  std::memset(data(), 0, bytes);
  std::memset(data() + bytes, kGuard, lines_.size() * 64 - bytes);
}

bool AlignedBytes::guard_is_whole() const {
  for (size_t i = bytes_; i < lines_.size() * 64; ++i)
    if (data()[i] != kGuard) return false;
  return true;
}

FloatOperand::FloatOperand(uint32_t rows, uint32_t width)
    : stride_(format::padded(width) * size_t{4}), bytes_(rows * stride_) {}

FloatOperand::FloatOperand(uint32_t rows, uint32_t width, float low, float high, Random& random)
    : FloatOperand(rows, width) {
  for (uint32_t r = 0; r < rows; ++r)
    for (uint32_t i = 0; i < width; ++i) row(r)[i] = random.between(low, high);
}

void FloatOperand::spoil() {
  std::memset(bytes_.data(), kSpoiled, bytes_.size());
}

QuantizedOperand::QuantizedOperand(uint32_t rows, uint32_t width, uint32_t group)
    : width_(format::padded(width)),
      group_(group),
      groups_(format::group_count(width, group)),
      stride_(format::quantized_row_bytes(width, group)),
      bytes_(rows * stride_) {}

QuantizedOperand::QuantizedOperand(uint32_t rows, uint32_t width, uint32_t group, Fill fill,
                                   Random& random)
    : QuantizedOperand(rows, width, group) {
  for (uint32_t r = 0; r < rows; ++r) {
    uint8_t* row = bytes_.data() + r * stride_;
    for (uint32_t g = 0; g < groups_; ++g) {
      int32_t sum = 0;
      const int32_t end_code = random.below(2) != 0 ? 127 : -127;
      for (uint32_t i = g * group; i < width_ && i < (g + 1) * group; ++i) {
        const int32_t code =
            fill == Fill::Limits ? end_code : static_cast<int32_t>(random.below(255)) - 127;
        row[i] = static_cast<uint8_t>(code);
        sum += code;
      }
      const float scale =
          fill == Fill::Limits ? (g % 2 != 0 ? 1e20f : 1e-20f) : random.between(1e-4f, 0.1f);
      save(row + width_ + 4 * g, scale);
      save(row + width_ + 4 * groups_ + 4 * g, sum);
    }
  }
}

QuantizedRows QuantizedOperand::rows() {
  return {.data = bytes_.data(),
          .stride_bytes = stride_,
          .scales_offset_bytes = width_,
          .sums_offset_bytes = width_ + 4 * groups_,
          .group = group_};
}
int8_t QuantizedOperand::code(uint32_t row, uint32_t column) const {
  return static_cast<int8_t>(bytes_.data()[row * stride_ + column]);
}
float QuantizedOperand::scale(uint32_t row, uint32_t column) const {
  return load<float>(bytes_.data() + row * stride_ + width_ + column / group_ * 4);
}
int32_t QuantizedOperand::sum(uint32_t row, uint32_t column) const {
  return load<int32_t>(bytes_.data() + row * stride_ + width_ + 4 * groups_ + column / group_ * 4);
}

MatrixOperand::MatrixOperand(TensorType type, uint32_t rows, uint32_t k, uint32_t group, Fill fill,
                             Random& random)
    : type_(type),
      padded_rows_(format::padded(rows)),
      k_(format::padded(k)),
      group_(group),
      codes_(size_t{padded_rows_ / 32} * format::block_code_bytes(type, k)),
      scales_(format::is_quantized(type)
                  ? size_t{padded_rows_ / 32} * format::block_scale_bytes(k, group)
                  : 0),
      zeros_(type == TensorType::Int4Zero
                 ? size_t{padded_rows_ / 32} * format::block_zero_bytes(k, group)
                 : 0) {
  fill_codes(fill, random);
  fill_scales(fill, random);
}

void MatrixOperand::fill_codes(Fill fill, Random& random) {
  for (size_t i = 0; i + 1 < codes_.size(); i += 2) {
    if (type_ == TensorType::F16) {
      save(codes_.data() + i, random_half(random));
      continue;
    }
    for (size_t j = i; j < i + 2; ++j) {
      uint8_t code = static_cast<uint8_t>(random.next());
      if (fill == Fill::Limits) {
        constexpr uint8_t kInt4Ends[] = {0x00, 0xFF, 0x0F, 0xF0};
        constexpr uint8_t kInt8Ends[] = {0x7F, 0x81, 0x80, 0x7F};  // -128 must be exact as well
        // Long runs of one end let sums reach their bounds.
        const size_t run = j / 4096 % 4;
        code = type_ == TensorType::Int8 ? kInt8Ends[run] : kInt4Ends[run];
      }
      codes_.data()[j] = code;
    }
  }
}

void MatrixOperand::fill_scales(Fill fill, Random& random) {
  constexpr uint16_t kExtremes[] = {0x7BFF, 0xFBFF, 0x0001, 0x8001, 0x03FF, 0x0400, 0x0000, 0x3C00};
  for (size_t i = 0; i < scales_.size(); i += 2) {
    const uint16_t ordinary =
        static_cast<uint16_t>(0x1C00 + random.below(0x0800) + (random.below(2) << 15));
    save(scales_.data() + i, fill == Fill::Limits ? kExtremes[random.below(8)] : ordinary);
  }
  for (size_t i = 0; i < zeros_.size(); ++i)
    zeros_.data()[i] =
        static_cast<uint8_t>(fill == Fill::Limits ? 15 * random.below(2) : random.below(16));
}

Matrix MatrixOperand::matrix() const {
  return {.codes = codes_.data(),
          .scales = format::is_quantized(type_) ? reinterpret_cast<const uint16_t*>(scales_.data())
                                                : nullptr,
          .zeros = type_ == TensorType::Int4Zero ? zeros_.data() : nullptr,
          .k = k_,
          .group = group_,
          .type = type_};
}

size_t MatrixOperand::group_index(uint32_t row, uint32_t column) const {
  const size_t groups = format::group_count(k_, group_);
  return (row / 32 * groups + column / group_) * 32 + row % 32;
}

double MatrixOperand::weight(uint32_t row, uint32_t column) const {
  const uint8_t* at = codes_.data() + code_offset(type_, k_, row, column);
  if (type_ == TensorType::F16) return half_value(load<uint16_t>(at));
  const size_t index = group_index(row, column);
  const double scale = half_value(load<uint16_t>(scales_.data() + 2 * index));
  if (type_ == TensorType::Int8) return scale * static_cast<int8_t>(*at);
  const int nibble = column % 8 < 4 ? *at & 15 : *at >> 4;
  return scale * (nibble - (type_ == TensorType::Int4Zero ? zeros_.data()[index] : 8));
}

CacheOperand::CacheOperand(format::KvType type, uint32_t context, uint32_t kv_heads,
                           uint32_t head_dimension, uint32_t window)
    : type_(type),
      positions_(format::padded(context)),
      kv_heads_(kv_heads),
      head_dimension_(head_dimension),
      window_(window),
      groups_((head_dimension + 31) / 32),
      key_type_(type == format::KvType::F16    ? TensorType::F16
                : type == format::KvType::Int4 ? TensorType::Int4Zero
                                               : TensorType::Int8),
      value_type_(type == format::KvType::F16    ? TensorType::F16
                  : type == format::KvType::Int8 ? TensorType::Int8
                                                 : TensorType::Int4Zero),
      keys_(kv_heads * positions_ * position_bytes(true)),
      values_(kv_heads * positions_ * position_bytes(false)) {
  spoil_from(0);
}

KvCache CacheOperand::cache() {
  return {.keys = keys_.data(),
          .values = values_.data(),
          .key_position_bytes = position_bytes(true),
          .value_position_bytes = position_bytes(false),
          .padded_positions = positions_,
          .window = window_,
          .kv_heads = kv_heads_,
          .head_dimension = head_dimension_,
          .type = type_};
}

uint32_t CacheOperand::position_bytes(bool is_key) const {
  const TensorType type = is_key ? key_type_ : value_type_;
  if (type == TensorType::F16) return 2 * head_dimension_;
  if (type == TensorType::Int8) return 4 + head_dimension_;
  return groups_ * 16 + (is_key ? groups_ : 1) * 3;
}

CacheOperand::Plane CacheOperand::plane(bool is_key, uint32_t head) const {
  const TensorType type = is_key ? key_type_ : value_type_;
  const AlignedBytes& planes = is_key ? keys_ : values_;
  return {type, is_key, planes.data() + head * positions_ * position_bytes(is_key)};
}

CacheOperand::Place CacheOperand::place(const Plane& plane, uint32_t position, uint32_t i) const {
  position %= positions_;
  const bool is_int4 = plane.type == TensorType::Int4Zero;
  const uint32_t k = is_int4 ? groups_ * 32 : head_dimension_;
  const size_t scales = size_t{positions_} * (plane.is_key ? groups_ : 1);
  const size_t scale =
      plane.is_key ? (position / 32 * groups_ + i / 32) * 32 + position % 32 : position;
  size_t code = plane.is_key ? code_offset(plane.type, k, position, i)
                : is_int4    ? size_t{position} * k / 2 + i / 32 * 16 + i % 16
                             : (size_t{position} * k + i) * (plane.type == TensorType::F16 ? 2 : 1);
  if (plane.type == TensorType::Int8) code += positions_ * 4;
  if (is_int4) code += scales * 3;
  return {code, is_int4 ? 2 * scale : 4 * position, scales * 2 + scale};
}

double CacheOperand::element(const Plane& plane, uint32_t position, uint32_t i) const {
  const Place at = place(plane, position, i);
  const uint8_t* code = plane.data + at.code;
  if (plane.type == TensorType::F16) return half_value(load<uint16_t>(code));
  if (plane.type == TensorType::Int8)
    return static_cast<double>(load<float>(plane.data + at.scale)) * static_cast<int8_t>(*code);
  const bool is_high = plane.is_key ? i % 8 >= 4 : i % 32 >= 16;
  return half_value(load<uint16_t>(plane.data + at.scale)) *
         ((is_high ? *code >> 4 : *code & 15) - plane.data[at.zero]);
}

double CacheOperand::key(uint32_t head, uint32_t position, uint32_t i) const {
  return element(plane(true, head), position, i);
}

double CacheOperand::value(uint32_t head, uint32_t position, uint32_t i) const {
  return element(plane(false, head), position, i);
}

void CacheOperand::spoil_from(uint32_t position) {
  for (const bool is_key : {true, false})
    for (uint32_t head = 0; head < kv_heads_; ++head)
      for (uint32_t p = position; p < positions_; ++p)
        for (uint32_t i = 0; i < head_dimension_; ++i) {
          const Plane whole = plane(is_key, head);
          uint8_t* data = const_cast<uint8_t*>(whole.data);
          const Place at = place(whole, p, i);
          std::memset(data + at.code, 0xFF, whole.type == TensorType::F16 ? 2 : 1);
          if (whole.type == TensorType::Int8) std::memset(data + at.scale, 0xFF, 4);  // NaN
          if (whole.type != TensorType::Int4Zero) continue;
          std::memset(data + at.scale, 0xFF, 2);
          data[at.zero] = 0xFF;
        }
}

std::vector<uint8_t> CacheOperand::copy() const {
  std::vector<uint8_t> all = keys_.copy();
  all.insert(all.end(), values_.data(), values_.data() + values_.size());
  return all;
}

void PlacesOperand::append(KvCache cache, uint32_t position, uint32_t rows) {
  caches_.push_back(cache);
  for (uint32_t row = 0; row < rows; ++row)
    places_.push_back({.layers = &caches_.back(), .position = position + row});
}

double half_value(uint16_t half) {
  const int exponent = half >> 10 & 31;
  const double mantissa = half & 1023;
  const double sign = half >> 15 != 0 ? -1.0 : 1.0;
  if (exponent == 31) return mantissa == 0 ? sign * HUGE_VAL : std::nan("");
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  return sign * std::ldexp(1024.0 + mantissa, exponent - 25);
}

uint16_t random_half(Random& random) {
  // Magnitudes from 2^-8 to 4, now and then a subnormal or zero.
  const uint16_t sign = static_cast<uint16_t>(random.below(2) << 15);
  if (random.below(16) == 0) return static_cast<uint16_t>(sign | random.below(0x400));
  return static_cast<uint16_t>(sign | (0x1C00 + random.below(0x2800)));
}

}  // namespace nibble::kernel_test
