// Walks both programs block by block, and trains each of the student's layers on the way.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/block_distillation.h"

#include <iterator>

#include "offline/distill/activation_stream.h"
#include "offline/distill/lane_sum.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kPassSequences = 4;
constexpr size_t kHeldOutShare = 4;   // one pass of so many does not train
constexpr uint32_t kValidations = 8;  // of each layer

bool is_held_out(size_t pass) {
  return pass % kHeldOutShare == kHeldOutShare - 1;
}

/// One side of the comparison, at the same block.
struct Side {
  const Network& network;
  const ActivationStream& stream;
  OpRange block;

  /// The buffers that blocks of the two sides hand on correspond in order.
  uint16_t output(size_t index) const {
    return *std::next(buffers_passed_on(network, block).begin(), static_cast<ptrdiff_t>(index));
  }
  size_t outputs() const { return buffers_passed_on(network, block).size(); }
};

/// One layer in training: the teacher's stream is behind the layer, the student's before it.
class BlockTraining {
 public:
  BlockTraining(const Side& teacher, const Side& student, const PassTokens& tokens,
                const PassShape& shape, const BlockDistillationOptions& options)
      : options_(options),
        teacher_(teacher),
        side_(student),
        tokens_(tokens),
        student_(student.network, teacher.network, tensors_in(student.network, student.block),
                 tensors_only_in(student.network, student.block), options.parallel),
        pass_(student.network, student.block, shape, Gradients::Yes, options.parallel) {}

  /// Makes `best` store the state of the least error on passes that do not train.
  BlockErrors train(Network& best);

 private:
  struct SquaredDistance {
    double distance = 0, target = 0;
  };

  /// Adds the distance of one pass's outputs from the teacher's.
  void compare(size_t index, SquaredDistance& sum, bool wants_gradient);
  double held_out_error();
  void take_step(uint32_t step, size_t index);

  const BlockDistillationOptions& options_;
  const Side teacher_, side_;
  const PassTokens& tokens_;
  Student student_;
  NetworkPass<float> pass_;
};

void BlockTraining::compare(size_t index, SquaredDistance& sum, bool wants_gradient) {
  side_.stream.fill(index, side_.block, pass_);
  pass_.forward(tokens_[index], student_.parameters());
  for (size_t output = 0; output < side_.outputs(); ++output) {
    const std::vector<float>& target = teacher_.stream.contents(index, teacher_.output(output));
    const std::vector<float>& made = pass_.output(side_.output(output)).values;
    const auto count = static_cast<uint32_t>(target.size());
    const auto difference = [&](uint32_t i) { return double{made[i]} - double{target[i]}; };
    sum.distance +=
        lane_sum<double>(count, [&](uint32_t i) { return difference(i) * difference(i); });
    sum.target +=
        lane_sum<double>(count, [&](uint32_t i) { return double{target[i]} * double{target[i]}; });
    if (!wants_gradient) continue;
    std::vector<float>& gradient = pass_.gradient(side_.output(output)).values;
    for (uint32_t i = 0; i < count; ++i) gradient[i] = made[i] - target[i];
  }
}

double BlockTraining::held_out_error() {
  student_.simulate();
  SquaredDistance sum;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (is_held_out(i)) compare(i, sum, false);
  }
  return sum.target == 0 ? 0 : sum.distance / sum.target;
}

void BlockTraining::take_step(uint32_t step, size_t index) {
  student_.simulate();
  student_.clear_gradients();
  SquaredDistance unused;
  compare(index, unused, true);
  pass_.backward(tokens_[index], student_.parameters());
  student_.update(AdamStep(step), options_.rates.at(static_cast<double>(step) / options_.steps));
}

BlockErrors BlockTraining::train(Network& best) {
  BlockErrors errors;
  errors.before = errors.after = held_out_error();
  size_t index = 0;
  for (uint32_t step = 1; step <= options_.steps; ++step) {
    while (is_held_out(index)) index = (index + 1) % tokens_.size();
    take_step(step, index);
    index = (index + 1) % tokens_.size();
    if (step * kValidations % options_.steps >= kValidations) continue;
    const double error = held_out_error();
    if (error >= errors.after) continue;
    errors.after = error;
    student_.store_in(best);
  }
  return errors;
}

class BlockDistillation {
 public:
  BlockDistillation(const SourceModel& source, const Network& start,
                    const std::vector<TokenText>& texts, const BlockDistillationOptions& options)
      : options_(options),
        teacher_(source.compile_as_f16()),
        student_(start),
        shape_(pass_shape(*source.shape, kPassSequences, options.sequence_tokens)) {
    WindowStream windows(texts, options.sequence_tokens, options.seed);
    for (uint32_t i = 0; i < options.sequences; i += kPassSequences) {
      tokens_.push_back(windows.next(kPassSequences));
    }
  }

  DistilledBlocks run();

 private:
  void advance(const Network& network, OpRange block, ActivationStream& stream) const {
    std::vector<Parameter<float>> parameters = read_parameters(network, tensors_in(network, block));
    stream.advance(block, shape_, parameters, options_.parallel);
  }

  const BlockDistillationOptions& options_;
  const Network teacher_;
  Network student_;
  const PassShape shape_;
  PassTokens tokens_;
};

DistilledBlocks BlockDistillation::run() {
  ActivationStream teacher_stream(teacher_, tokens_), stream(student_, tokens_);
  const std::vector<OpRange> teacher_blocks = blocks_of(teacher_), blocks = blocks_of(student_);
  DistilledBlocks result;
  for (size_t i = 0; i < blocks.size(); ++i) {
    const uint16_t layer = student_.ops[blocks[i].first].layer;
    advance(teacher_, teacher_blocks[i], teacher_stream);
    if (layer != format::kNoLayer) {
      Network best = student_;
      BlockTraining training({teacher_, teacher_stream, teacher_blocks[i]},
                             {student_, stream, blocks[i]}, tokens_, shape_, options_);
      result.errors.push_back(training.train(best));
      result.errors.back().layer = layer;
      student_.tensors = best.tensors;
    }
    advance(student_, blocks[i], stream);
    if (options_.progress) {
      options_.progress(static_cast<double>(i + 1) / static_cast<double>(blocks.size()));
    }
  }
  result.network = student_;
  return result;
}

}  // namespace

DistilledBlocks distill_blocks(const SourceModel& source, const Network& start,
                               const std::vector<TokenText>& texts,
                               const BlockDistillationOptions& options) {
  return BlockDistillation(source, start, texts, options).run();
}

}  // namespace nibble::offline
