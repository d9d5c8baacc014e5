// Causal attention: the probabilities of a few rows at a time, computed again for the gradient.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <bit>
#include <limits>

#include "offline/distill/exponential.h"
#include "offline/distill/lane_sum.h"
#include "offline/distill/matrix_product.h"
#include "offline/distill/op_functions.h"
#include "offline/distill/parallel_loop.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kBlockQueries = 128;  // rows of probabilities that are held at a time

/// Column `column` of some rows, from row `row` on, as a matrix.
template <class Real>
Strided<Real> part_of(const Rows<Real>& rows, uint32_t row, uint32_t column) {
  return {rows.row(row) + column, rows.width, 1};
}

/// Queries [first, first + count) of one head of one sequence, and the positions that they see:
/// [0, first + count) of the sequence.
template <class Real>
struct QueryBlock {
  const OpOperands<Real>& o;
  uint32_t first_row;  ///< of the sequence, in the pass
  uint32_t head;
  uint32_t first, count;

  uint32_t positions() const { return first + count; }
  uint32_t dimension() const { return o.shape.head_dimension; }
  uint32_t query_row() const { return first_row + first; }
  uint32_t query_column() const { return head * dimension(); }
  uint32_t cache_column() const { return head / (o.shape.heads / o.shape.kv_heads) * dimension(); }
  Real scale() const { return static_cast<Real>(std::bit_cast<float>(o.op.argument[0])); }

  Strided<Real> queries() const { return part_of(*o.input[0], query_row(), query_column()); }
  Strided<Real> keys() const { return part_of(o.cache->keys, first_row, cache_column()); }
  Strided<Real> values() const { return part_of(o.cache->values, first_row, cache_column()); }
};

/// Scores of one query at the positions that it sees become probabilities; the others become 0.
template <class Real>
void softmax(Real* scores, uint32_t seen, uint32_t positions, Real scale) {
  Real largest = -std::numeric_limits<Real>::infinity();
  for (uint32_t i = 0; i < seen; ++i) {
    scores[i] *= scale;
    largest = scores[i] > largest ? scores[i] : largest;
  }
  for (uint32_t i = 0; i < seen; ++i) scores[i] -= largest;
  exponentiate(scores, seen);
  std::fill(scores + seen, scores + positions, Real{0});
  const Real inverse = 1 / lane_sum<Real>(seen, [scores](uint32_t i) { return scores[i]; });
  for (uint32_t i = 0; i < seen; ++i) scores[i] *= inverse;
}

/// @returns [count, positions]
template <class Real>
std::vector<Real> probabilities_of(const QueryBlock<Real>& b) {
  std::vector<Real> scores(size_t{b.count} * b.positions());
  multiply<Real>({.rows = b.count,
                  .columns = b.positions(),
                  .steps = b.dimension(),
                  .left = b.queries(),
                  .right = b.keys().transposed(),
                  .out = scores.data(),
                  .out_stride = b.positions()});
  for (uint32_t i = 0; i < b.count; ++i) {
    softmax(scores.data() + size_t{i} * b.positions(), b.first + i + 1, b.positions(), b.scale());
  }
  return scores;
}

/// out = P·V
template <class Real>
void attend_block(const QueryBlock<Real>& b) {
  const std::vector<Real> probabilities = probabilities_of(b);
  Rows<Real>& out = *b.o.output;
  multiply<Real>({.rows = b.count,
                  .columns = b.dimension(),
                  .steps = b.positions(),
                  .left = {probabilities.data(), b.positions(), 1},
                  .right = b.values(),
                  .out = out.row(b.query_row()) + b.query_column(),
                  .out_stride = out.width});
}

/// The gradient of the scores: dS = P ∘ (dP − Σ dP∘P) · scale, each row by itself, in dP's place.
template <class Real>
void softmax_backward(const QueryBlock<Real>& b, const std::vector<Real>& probabilities,
                      std::vector<Real>& gradient) {
  for (uint32_t i = 0; i < b.count; ++i) {
    const Real* const p = probabilities.data() + size_t{i} * b.positions();
    Real* const d = gradient.data() + size_t{i} * b.positions();
    const Real sum = lane_sum<Real>(b.positions(), [=](uint32_t j) { return p[j] * d[j]; });
    for (uint32_t j = 0; j < b.positions(); ++j) d[j] = p[j] * (d[j] - sum) * b.scale();
  }
}

/// to [rows, dimension] += left [rows, steps] · right [steps, dimension]
template <class Real>
void add_product(uint32_t rows, uint32_t dimension, uint32_t steps, Strided<Real> left,
                 Strided<Real> right, Real* to, size_t stride) {
  multiply<Real>({.rows = rows,
                  .columns = dimension,
                  .steps = steps,
                  .left = left,
                  .right = right,
                  .out = to,
                  .out_stride = stride,
                  .accumulate = true});
}

/// dV += Pᵀ·dO, dP = dO·Vᵀ, then dQ += dS·K and dK += dSᵀ·Q
template <class Real>
void attend_block_backward(const QueryBlock<Real>& b) {
  const std::vector<Real> probabilities = probabilities_of(b);
  std::vector<Real> gradient(probabilities.size());
  const Strided<Real> p{probabilities.data(), b.positions(), 1};
  const Strided<Real> d{gradient.data(), b.positions(), 1};
  const Strided<Real> d_out = part_of(*b.o.output_gradient, b.query_row(), b.query_column());
  Rows<Real>& d_keys = b.o.cache_gradient->keys;
  Rows<Real>& d_values = b.o.cache_gradient->values;
  Rows<Real>& d_queries = *b.o.input_gradient[0];
  add_product(b.positions(), b.dimension(), b.count, p.transposed(), d_out,
              d_values.row(b.first_row) + b.cache_column(), d_values.width);
  add_product(b.count, b.positions(), b.dimension(), d_out, b.values().transposed(),
              gradient.data(), b.positions());
  softmax_backward(b, probabilities, gradient);
  add_product(b.count, b.dimension(), b.positions(), d, b.keys(),
              d_queries.row(b.query_row()) + b.query_column(), d_queries.width);
  add_product(b.positions(), b.dimension(), b.count, d.transposed(), b.queries(),
              d_keys.row(b.first_row) + b.cache_column(), d_keys.width);
}

/// One tile is all heads of one sequence that share keys and values: they add to one gradient.
template <class Real, class Body>
void for_blocks(const OpOperands<Real>& o, const Body& body) {
  const PassShape& shape = o.shape;
  const uint32_t group = shape.heads / shape.kv_heads;
  run_tiles(o.parallel, shape.sequences * shape.kv_heads, [&](uint32_t begin, uint32_t end) {
    for (uint32_t tile = begin; tile < end; ++tile) {
      const uint32_t first_row = tile / shape.kv_heads * shape.sequence_tokens;
      const uint32_t first_head = tile % shape.kv_heads * group;
      for (uint32_t head = first_head; head < first_head + group; ++head) {
        for (uint32_t first = 0; first < shape.sequence_tokens; first += kBlockQueries) {
          const uint32_t count = std::min(kBlockQueries, shape.sequence_tokens - first);
          body(QueryBlock<Real>{o, first_row, head, first, count});
        }
      }
    }
  });
}

template <class Real>
void attend(const OpOperands<Real>& o) {
  for_blocks(o, [](const QueryBlock<Real>& block) { attend_block(block); });
}
template <class Real>
void attend_backward(const OpOperands<Real>& o) {
  for_blocks(o, [](const QueryBlock<Real>& block) { attend_block_backward(block); });
}

}  // namespace

template <class Real>
OpFunctions<Real> attend_functions() {
  return {attend<Real>, attend_backward<Real>, {true}};
}

template OpFunctions<float> attend_functions();
template OpFunctions<double> attend_functions();

}  // namespace nibble::offline
