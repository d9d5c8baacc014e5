// Builds a blob with a placeholder for its self-test, loads it, and writes into its weights.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/built_model.h"

#include <algorithm>
#include <stdexcept>

#include "offline/blob/blob_writer.h"
#include "offline/blob/contents.h"
#include "offline/blob/tiles.h"
#include "offline/blob/tokenizer_tables.h"
#include "runtime/format/layout.h"
#include "runtime/model/model_state.h"

namespace nibble::offline {
namespace {

BlobBytes build(const SourceModel& source, const Network& network, const Quantizer& quantizer) {
  BlobContents contents = describe(source, network, quantizer.name(), {});
  const BlobBytes tables = build_tokenizer_tables(source.vocabulary, contents.manifest);
  const std::vector<uint8_t> weights = build_weights(network, quantizer, [](double) {});
  // The format wants a self-test; this one is never run.
  contents.self_test_prompt = {0};
  contents.self_test_generated = {0};
  contents.sections = {{{format::Storage::Raw, tables}, {format::Storage::Raw, weights}}};
  return build_blob(contents, {});
}

}  // namespace

BuiltModel::BuiltModel(const SourceModel& source, const Network& network,
                       const Quantizer& quantizer)
    : blob_(build(source, network, quantizer)),
      loaded_(source.provenance.name, {blob_.data(), blob_.size()}) {}

void BuiltModel::replace_matrix(uint32_t tensor, const QuantizedMatrix& matrix) {
  const ModelState& state = ModelState::of(loaded_.model());
  if (tensor >= state.program.tensors.size()) {
    throw std::invalid_argument("replace_matrix: the network has no such tensor");
  }
  const format::TensorRecord& record = state.program.tensors[tensor];
  if (matrix.scheme != Scheme{record.type, record.group} || matrix.rows != record.rows ||
      matrix.columns != record.columns) {
    throw std::invalid_argument("replace_matrix: the tensor has another shape or scheme");
  }
  const auto offset =
      static_cast<size_t>(state.weights - blob_.data()) + state.tensor_offsets[tensor];
  const auto bytes = std::span(blob_).subspan(offset, format::tensor_bytes(record).total().value());
  std::ranges::fill(bytes, uint8_t{0});
  write_tiles(matrix, 0, record, bytes);
}

}  // namespace nibble::offline
