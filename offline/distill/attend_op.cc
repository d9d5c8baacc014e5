// Causal attention: the probabilities of a few rows at a time, computed again for the gradient.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <bit>
#include <cmath>
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

template <class Real>
uint32_t heads_sharing(const OpOperands<Real>& o) {
  const uint32_t width = o.input[0]->width;
  return width / (o.cache->shape.kv_heads * o.cache->shape.head_dimension);
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
  uint32_t dimension() const { return o.cache->shape.head_dimension; }
  uint32_t query_row() const { return first_row + first; }
  uint32_t query_column() const { return head * dimension(); }
  uint32_t cache_column() const { return head / heads_sharing(o) * dimension(); }
  Real scale() const { return static_cast<Real>(std::bit_cast<float>(o.op.argument[0])); }
  Real cap() const { return static_cast<Real>(std::bit_cast<float>(o.op.argument[1])); }
  /// The positions that query `i` of the block sees.
  uint32_t seen_begin(uint32_t i) const {
    const uint32_t end = first + i + 1, window = o.cache->shape.window;
    return window != 0 && end > window ? end - window : 0;
  }
  uint32_t seen_end(uint32_t i) const { return first + i + 1; }

  Strided<Real> queries() const { return part_of(*o.input[0], query_row(), query_column()); }
  Strided<Real> keys() const { return part_of(o.cache->keys, first_row, cache_column()); }
  Strided<Real> values() const { return part_of(o.cache->values, first_row, cache_column()); }
};

/// scores[count] become probabilities.
template <class Real>
void softmax(Real* scores, uint32_t count) {
  Real largest = -std::numeric_limits<Real>::infinity();
  for (uint32_t i = 0; i < count; ++i) largest = scores[i] > largest ? scores[i] : largest;
  for (uint32_t i = 0; i < count; ++i) scores[i] -= largest;
  exponentiate(scores, count);
  const Real inverse = 1 / lane_sum<Real>(count, [scores](uint32_t i) { return scores[i]; });
  for (uint32_t i = 0; i < count; ++i) scores[i] *= inverse;
}

/// Products of one query and all positions become probabilities: 0 where it does not see.
/// slopes: how much each score grows with its product.
template <class Real>
void weigh(const QueryBlock<Real>& b, uint32_t query, Real* scores, Real* slopes) {
  const uint32_t begin = b.seen_begin(query), end = b.seen_end(query);
  const Real scale = b.scale(), cap = b.cap();
  std::fill(slopes, slopes + b.positions(), scale);
  for (uint32_t i = begin; i < end; ++i) {
    scores[i] *= scale;
    if (cap == 0) continue;
    const Real bent = std::tanh(scores[i] / cap);
    scores[i] = cap * bent;
    slopes[i] *= 1 - bent * bent;
  }
  std::fill(scores, scores + begin, Real{0});
  std::fill(scores + end, scores + b.positions(), Real{0});
  softmax(scores + begin, end - begin);
}

template <class Real>
struct Probabilities {
  std::vector<Real> values;  ///< [count, positions]
  std::vector<Real> slopes;  ///< The same shape: of the scores, by the products they were made of.
};
template <class Real>
Probabilities<Real> probabilities_of(const QueryBlock<Real>& b) {
  std::vector<Real> scores(size_t{b.count} * b.positions()), slopes(scores.size());
  multiply<Real>({.rows = b.count,
                  .columns = b.positions(),
                  .steps = b.dimension(),
                  .left = b.queries(),
                  .right = b.keys().transposed(),
                  .out = scores.data(),
                  .out_stride = b.positions()});
  for (uint32_t i = 0; i < b.count; ++i) {
    const size_t row = size_t{i} * b.positions();
    weigh(b, i, scores.data() + row, slopes.data() + row);
  }
  return {std::move(scores), std::move(slopes)};
}

/// out = P·V
template <class Real>
void attend_block(const QueryBlock<Real>& b) {
  const std::vector<Real> probabilities = probabilities_of(b).values;
  Rows<Real>& out = *b.o.output;
  multiply<Real>({.rows = b.count,
                  .columns = b.dimension(),
                  .steps = b.positions(),
                  .left = {probabilities.data(), b.positions(), 1},
                  .right = b.values(),
                  .out = out.row(b.query_row()) + b.query_column(),
                  .out_stride = out.width});
}

/// The gradient of the products: dS = P ∘ (dP − Σ dP∘P) ∘ slope, each row by itself, in dP's place.
template <class Real>
void softmax_backward(const QueryBlock<Real>& b, const Probabilities<Real>& probabilities,
                      std::vector<Real>& gradient) {
  for (uint32_t i = 0; i < b.count; ++i) {
    const Real* const p = probabilities.values.data() + size_t{i} * b.positions();
    const Real* const slope = probabilities.slopes.data() + size_t{i} * b.positions();
    Real* const d = gradient.data() + size_t{i} * b.positions();
    const Real sum = lane_sum<Real>(b.positions(), [=](uint32_t j) { return p[j] * d[j]; });
    for (uint32_t j = 0; j < b.positions(); ++j) d[j] = p[j] * (d[j] - sum) * slope[j];
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
  const Probabilities<Real> probabilities = probabilities_of(b);
  std::vector<Real> gradient(probabilities.values.size());
  const Strided<Real> p{probabilities.values.data(), b.positions(), 1};
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
  const uint32_t group = heads_sharing(o), kv_heads = o.cache->shape.kv_heads;
  run_tiles(o.parallel, shape.sequences * kv_heads, [&](uint32_t begin, uint32_t end) {
    for (uint32_t tile = begin; tile < end; ++tile) {
      const uint32_t first_row = tile / kv_heads * shape.sequence_tokens;
      const uint32_t first_head = tile % kv_heads * group;
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
