// Cuts tensors into slices of rows, so that no tensor is ever held as floats.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/weights_section.h"

#include <algorithm>
#include <cmath>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "offline/blob/tiles.h"
#include "offline/files/input_error.h"
#include "offline/host/parallel.h"
#include "runtime/format/layout.h"
#include "runtime/format/payload.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kSliceElements = 1 << 18;  // per slice, but at least one block of rows

/// A tensor on its way into the section. Its quantizer is prepared for the first slice and dropped
/// after the last: only the matrices under way hold what their preparation computed.
class TensorWork {
 public:
  TensorWork(const TensorPlan& of_plan, const format::TensorRecord& of_record,
             std::span<uint8_t> tensor_bytes)
      : plan(of_plan), record(of_record), out(tensor_bytes) {}

  std::shared_ptr<const MatrixQuantizer> prepared_by(const Quantizer& quantizer) {
    const std::lock_guard lock(mutex_);
    if (prepared_ == nullptr) {
      prepared_ = quantizer.prepare(plan.scheme, plan.columns, nullptr);
    }
    return prepared_;
  }
  void finish_slice() {
    const std::lock_guard lock(mutex_);
    if (--slices_left == 0) prepared_.reset();
  }

  const TensorPlan& plan;
  const format::TensorRecord& record;
  const std::span<uint8_t> out;  ///< The whole tensor's bytes.
  uint32_t slices_left = 0;

 private:
  std::mutex mutex_;
  std::shared_ptr<const MatrixQuantizer> prepared_;
};

/// Rows [first, first + count) of one tensor: a unit of work.
struct Slice {
  TensorWork* tensor;
  uint32_t first, count;
};

void append_slices(TensorWork& tensor, std::vector<Slice>& slices) {
  const uint32_t all = tensor.plan.rows;
  const uint32_t blocks = std::max(kSliceElements / (tensor.plan.columns * format::kBlockRows), 1u);
  const uint32_t rows = blocks * format::kBlockRows;
  for (uint32_t first = 0; first < all; first += rows) {
    slices.push_back({&tensor, first, std::min(rows, all - first)});
    ++tensor.slices_left;
  }
}

std::vector<float> read_finite(const Slice& slice) {
  const TensorPlan& plan = slice.tensor->plan;
  const uint32_t columns = plan.columns;
  std::vector<float> values(size_t{slice.count} * columns);
  plan.source->read_rows(slice.first, values);
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    const auto index = static_cast<size_t>(bad - values.begin());
    const size_t row = slice.first + index / columns;
    throw InputError("tensor " + plan.name, "element [" + std::to_string(row) + ", " +
                                                std::to_string(index % columns) + "] is " +
                                                std::to_string(*bad) +
                                                "; the model is damaged or did not converge");
  }
  return values;
}

void build_matrix(const Slice& slice, std::span<const float> rows, const Quantizer& quantizer) {
  TensorWork& tensor = *slice.tensor;
  try {
    const QuantizedMatrix matrix = tensor.prepared_by(quantizer)->quantize(rows, slice.first);
    write_tiles(matrix, slice.first, tensor.record, tensor.out);
    tensor.finish_slice();
  } catch (const std::overflow_error& error) {
    throw InputError("tensor " + tensor.plan.name, error.what());
  }
}

/// Codes that a source brings were computed elsewhere, perhaps by a damaged or hostile file.
void check_codes(const QuantizedMatrix& matrix, const TensorPlan& plan) {
  const auto is_infinite = [](uint16_t half) { return (half & 0x7C00) == 0x7C00; };
  const auto is_no_int4 = [](int code) { return code < 0 || code > 15; };
  const bool is_int8 = plan.scheme.type == format::TensorType::Int8;  // any byte is a code
  if (std::ranges::any_of(matrix.halves, is_infinite) ||
      std::ranges::any_of(matrix.scales, is_infinite)) {
    throw InputError("tensor " + plan.name, "has numbers that are not finite");
  }
  if (!is_int8 && (std::ranges::any_of(matrix.codes, is_no_int4) ||
                   std::ranges::any_of(matrix.zeros, is_no_int4))) {
    throw InputError("tensor " + plan.name, "has codes that its type does not have");
  }
}

/// Codes and scales that exist already are stored as they are.
void store_codes(const Slice& slice) {
  const TensorWork& tensor = *slice.tensor;
  const QuantizedMatrix matrix = tensor.plan.source->read_stored(slice.first, slice.count);
  check_codes(matrix, tensor.plan);
  write_tiles(matrix, slice.first, tensor.record, tensor.out);
}

void build_slice(const Slice& slice, const Quantizer& quantizer) {
  const TensorWork& tensor = *slice.tensor;
  if (tensor.plan.scheme.type == format::TensorType::U64Vector) {
    return write_vector(tensor.plan.increments, tensor.out);
  }
  if (tensor.plan.source->stored_scheme() == tensor.plan.scheme) return store_codes(slice);
  const std::vector<float> values = read_finite(slice);
  if (tensor.plan.scheme.type == format::TensorType::F32Vector) {
    return write_vector(values, tensor.out);
  }
  build_matrix(slice, values, quantizer);
}

}  // namespace

std::vector<format::TensorRecord> tensor_records(const Network& network) {
  std::vector<format::TensorRecord> records;
  for (const TensorPlan& plan : network.tensors) {
    records.push_back({plan.scheme.type, plan.role, plan.layer,
                       static_cast<uint16_t>(plan.scheme.group), 0, plan.rows, plan.columns});
  }
  return records;
}

std::vector<uint8_t> build_weights(const Network& network, const Quantizer& quantizer,
                                   const std::function<void(double)>& progress) {
  const std::vector<format::TensorRecord> records = tensor_records(network);
  std::vector<uint64_t> offsets(records.size());
  const auto total =
      format::tensor_offsets({records.data(), records.size()}, {offsets.data(), offsets.size()});
  if (!total.ok()) throw InputError("the model", "has tensors too large for any memory");
  std::vector<uint8_t> section(total.value());
  std::deque<TensorWork> tensors;  // a deque never moves its elements, and slices point at them
  std::vector<Slice> slices;
  for (size_t i = 0; i < records.size(); ++i) {
    const auto out =
        std::span(section).subspan(offsets[i], format::tensor_bytes(records[i]).total().value());
    append_slices(tensors.emplace_back(network.tensors[i], records[i], out), slices);
  }
  run_tasks(
      slices.size(), [&](size_t i) { build_slice(slices[i], quantizer); },
      [&](size_t done) {
        progress(static_cast<double>(done) / static_cast<double>(slices.size()));
      });
  return section;
}

}  // namespace nibble::offline
