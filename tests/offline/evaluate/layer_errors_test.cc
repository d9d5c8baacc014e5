// Errors of layers: none before the first damaged layer, and as a naive sum has them behind it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/layer_errors.h"

#include <gtest/gtest.h>

#include <cmath>

#include "offline/files/input_error.h"
#include "runtime/format/ops.h"
#include "tests/offline/calibrate/tiny_source.h"

namespace nibble::test {
namespace {

using format::TensorType;
using offline::BuiltModel;
using offline::LayerError;
using offline::ScoreProtocol;

const std::vector<Token> kText = {1, 7, 300, 41, 5, 5, 290, 12, 9, 64, 33};
constexpr ScoreProtocol kProtocol{.window_tokens = 4};  // two windows, three tokens left over

/// The model with INT4 in one layer, or nowhere.
offline::Network with_int4_in(const TinySource& source, uint16_t layer) {
  return source.model().compile([layer](format::Role, uint16_t of) {
    return of == layer ? offline::Scheme{TensorType::Int4, 32}
                       : offline::Scheme{TensorType::F16, 0};
  });
}

std::vector<LayerError> errors_of(const BuiltModel& reference, const BuiltModel& other) {
  return layer_errors(reference.loaded(), other.loaded(), {}, kText, kProtocol, {});
}

/// What the second layer leaves of all windows: the input of the final norm, of every position.
std::vector<double> final_residual(const BuiltModel& model) {
  SessionConfig config;
  config.context_tokens = config.batch_tokens = kProtocol.window_tokens;
  offline::TracedSession session(model.loaded(), config);
  std::vector<double> residual;
  for (size_t begin : {0, 4}) {
    session.start(std::span(kText).subspan(begin, 4));
    uint32_t op = 0;
    while (session.ops()[op].code != format::OpCode::GatherRows) ++op;
    session.run_ops(0, op);
    const auto rows = session.read_buffer(session.ops()[op].input[0]);
    residual.insert(residual.end(), rows.begin(), rows.end());
  }
  return residual;
}

TEST(LayerErrors, OfAModelAgainstItselfAreNone) {
  const TinySource source;
  const BuiltModel model = source.build(with_int4_in(source, 0));
  const auto errors = errors_of(model, model);
  ASSERT_EQ(errors.size(), 2u);
  for (const LayerError& error : errors) {
    EXPECT_NEAR(error.mean_cosine, 1, 1e-12);
    EXPECT_EQ(error.relative_error, 0);
  }
}

TEST(LayerErrors, BeginWithTheFirstDamagedLayer) {
  const TinySource source;
  const BuiltModel reference = source.build(with_int4_in(source, 99));
  const BuiltModel damaged = source.build(with_int4_in(source, 1));
  const auto errors = errors_of(reference, damaged);
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].relative_error, 0);
  EXPECT_GT(errors[1].relative_error, 1e-3);

  const std::vector<double> x = final_residual(reference), y = final_residual(damaged);
  double squares = 0, differences = 0, cosines = 0;
  const size_t width = x.size() / 8;
  for (size_t row = 0; row < 8; ++row) {
    double xx = 0, xy = 0, yy = 0;
    for (size_t i = row * width; i < (row + 1) * width; ++i) {
      xx += x[i] * x[i];
      xy += x[i] * y[i];
      yy += y[i] * y[i];
      differences += (y[i] - x[i]) * (y[i] - x[i]);
    }
    squares += xx;
    cosines += xy / std::sqrt(xx * yy) / 8;
  }
  EXPECT_NEAR(errors[1].relative_error, std::sqrt(differences / squares), 1e-12);
  EXPECT_NEAR(errors[1].mean_cosine, cosines, 1e-12);
}

}  // namespace
}  // namespace nibble::test
