// Cuts tensors into slices of rows, so that no tensor is ever held as floats.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/weights_section.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "offline/blob/tiles.h"
#include "offline/files/input_error.h"
#include "offline/host/parallel.h"
#include "runtime/format/layout.h"
#include "runtime/format/payload.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kSliceElements = 1 << 18;  // of a slice at least one block of rows

/// Rows [first, first + count) of one tensor: a unit of work.
struct Slice {
  const TensorPlan* plan;
  const format::TensorRecord* record;
  std::span<uint8_t> out;  ///< the whole tensor's bytes
  uint32_t first, count;
};

void append_slices(const TensorPlan& plan, const format::TensorRecord& record,
                   std::span<uint8_t> out, std::vector<Slice>& slices) {
  const uint32_t blocks = std::max(kSliceElements / (plan.columns * format::kBlockRows), 1u);
  const uint32_t rows = blocks * format::kBlockRows;
  for (uint32_t first = 0; first < plan.rows; first += rows) {
    slices.push_back({&plan, &record, out, first, std::min(rows, plan.rows - first)});
  }
}

std::vector<float> read_finite(const Slice& slice) {
  const uint32_t columns = slice.plan->columns;
  const uint64_t begin = uint64_t{slice.first} * columns;
  std::vector<float> values(size_t{slice.count} * columns);
  read_elements(*slice.plan->source, begin, values);
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    const auto index = begin + static_cast<uint64_t>(bad - values.begin());
    throw InputError("tensor " + slice.plan->name,
                     "element [" + std::to_string(index / columns) + ", " +
                         std::to_string(index % columns) + "] is " + std::to_string(*bad) +
                         "; the model is damaged or did not converge");
  }
  return values;
}

void build_slice(const Slice& slice, const Quantizer& quantizer) {
  const TensorPlan& plan = *slice.plan;
  if (plan.scheme.type == format::TensorType::U64Vector) {
    return write_vector(plan.increments, slice.out);
  }
  const std::vector<float> values = read_finite(slice);
  if (plan.scheme.type == format::TensorType::F32Vector) return write_vector(values, slice.out);
  try {
    const QuantizedMatrix matrix =
        quantizer.quantize(values, slice.count, plan.columns, plan.scheme, {});
    write_tiles(matrix, slice.first, *slice.record, slice.out);
  } catch (const std::overflow_error& error) {
    throw InputError("tensor " + plan.name + ", rows from " + std::to_string(slice.first),
                     error.what());
  }
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
  std::vector<Slice> slices;
  for (size_t i = 0; i < records.size(); ++i) {
    const auto out =
        std::span(section).subspan(offsets[i], format::tensor_bytes(records[i]).total().value());
    append_slices(network.tensors[i], records[i], out, slices);
  }
  run_tasks(
      slices.size(), [&](size_t i) { build_slice(slices[i], quantizer); },
      [&](size_t done) {
        progress(static_cast<double>(done) / static_cast<double>(slices.size()));
      });
  return section;
}

}  // namespace nibble::offline
