// Runs two models side by side, layer by layer, and compares what each layer leaves behind.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/layer_errors.h"

#include <cmath>
#include <string>

#include "offline/calibrate/traced_session.h"
#include "offline/files/input_error.h"

namespace nibble::offline {
namespace {

/// The ops of a program up to the last op of each layer.
struct LayerEnd {
  uint16_t layer;
  uint32_t end;     ///< one past the layer's last op
  uint16_t buffer;  ///< that the last op writes
  uint32_t width;   ///< of the buffer
};

std::vector<LayerEnd> layer_ends(const TracedSession& session) {
  std::vector<LayerEnd> ends;
  for (uint32_t op = 0; op < session.ops().size(); ++op) {
    const format::OpRecord& record = session.ops()[op];
    if (record.layer == format::kNoLayer || record.output == format::kNone) continue;
    if (ends.empty() || ends.back().layer != record.layer) ends.push_back({record.layer, 0, 0, 0});
    ends.back().end = op + 1;
    ends.back().buffer = record.output;
    ends.back().width = session.buffers()[record.output].width;
  }
  return ends;
}

/// Sums over the positions seen so far.
class ErrorSums {
 public:
  void add(std::span<const float> reference, std::span<const float> other, uint32_t width) {
    for (size_t begin = 0; begin < reference.size(); begin += width) {
      add_row(reference.subspan(begin, width), other.subspan(begin, width));
    }
  }
  LayerError result(uint16_t layer) const {
    return {layer, cosines_ / static_cast<double>(rows_),
            squares_ == 0 ? 0 : std::sqrt(differences_ / squares_)};
  }

 private:
  void add_row(std::span<const float> reference, std::span<const float> other) {
    double product = 0, squares = 0, other_squares = 0;
    for (size_t i = 0; i < reference.size(); ++i) {
      const double x = reference[i], y = other[i];
      product += x * y;
      squares += x * x;
      other_squares += y * y;
      differences_ += (y - x) * (y - x);
    }
    const double lengths = std::sqrt(squares * other_squares);
    cosines_ += lengths == 0 ? 1 : product / lengths;
    squares_ += squares;
    ++rows_;
  }

  double cosines_ = 0, squares_ = 0, differences_ = 0;
  uint64_t rows_ = 0;
};

/// One model, read layer by layer.
class LayerReader {
 public:
  LayerReader(const LoadedModel& model, const SessionConfig& config)
      : session_(model, config), ends_(layer_ends(session_)) {}

  const std::vector<LayerEnd>& ends() const { return ends_; }
  void start(std::span<const Token> tokens) {
    session_.start(tokens);
    next_op_ = 0;
  }
  /// The rows after layer `index`; layers come in order.
  std::vector<float> read_layer(size_t index) {
    session_.run_ops(next_op_, ends_[index].end);
    next_op_ = ends_[index].end;
    return session_.read_buffer(ends_[index].buffer);
  }

 private:
  TracedSession session_;
  std::vector<LayerEnd> ends_;
  uint32_t next_op_ = 0;
};

SessionConfig one_pass(SessionConfig config, const ScoreProtocol& protocol) {
  config.context_tokens = protocol.window_tokens;
  config.batch_tokens = protocol.window_tokens;
  config.logit_rows = 1;
  return config;
}

void require_same_layers(const LoadedModel& reference, const LayerReader& expected,
                         const LoadedModel& other, const LayerReader& found) {
  const auto shape = [](const LayerReader& reader) {
    return std::to_string(reader.ends().size()) + " layers of width " +
           std::to_string(reader.ends().empty() ? 0 : reader.ends().back().width);
  };
  if (shape(expected) == shape(found)) return;
  throw InputError(other.name(), "has " + shape(found) + ", but " + reference.name() + " has " +
                                     shape(expected) + "; leave --layers out");
}

}  // namespace

std::vector<LayerError> layer_errors(const LoadedModel& reference, const LoadedModel& other,
                                     const SessionConfig& config, std::span<const Token> text,
                                     const ScoreProtocol& protocol,
                                     const std::function<void(double done)>& progress) {
  LayerReader expected(reference, one_pass(config, protocol));
  LayerReader found(other, one_pass(config, protocol));
  require_same_layers(reference, expected, other, found);
  const std::vector<LayerEnd>& ends = expected.ends();
  std::vector<ErrorSums> sums(ends.size());
  const std::vector<Window> windows = plan_windows(text.size(), protocol);
  for (size_t i = 0; i < windows.size(); ++i) {
    const WindowTokens window =
        tokens_of(windows[i], text, protocol, reference.model().tokenizer().begin_of_text());
    expected.start(window.tokens);
    found.start(window.tokens);
    for (size_t layer = 0; layer < ends.size(); ++layer) {
      sums[layer].add(expected.read_layer(layer), found.read_layer(layer), ends[layer].width);
    }
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(windows.size()));
  }
  std::vector<LayerError> errors;
  for (size_t i = 0; i < ends.size(); ++i) errors.push_back(sums[i].result(ends[i].layer));
  return errors;
}

}  // namespace nibble::offline
