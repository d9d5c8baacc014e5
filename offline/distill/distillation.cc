// The training loop: batches, passes, steps, and the best state so far.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/distillation.h"

#include <algorithm>
#include <chrono>

#include "offline/distill/divergence_pass.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kPassTokens = 1024;      // a batch is computed in passes, to bound memory
constexpr size_t kValidationTokens = 8192;  // at most
/// What the teacher says of the validation windows is kept if it is no larger than that.
constexpr size_t kKeptLogitBytes = 256u << 20;

IndexSet all_tensors(const Network& network) {
  return tensors_in(network, whole_program(network));
}

uint32_t pass_sequences(const DistillationOptions& options) {
  const uint32_t fitting = std::max(kPassTokens / options.sequence_tokens, 1u);
  return std::min(fitting, options.batch_sequences);
}

/// Windows that are looked at again and again.
struct ValidationPass {
  std::vector<Token> tokens;
  Rows<float> teacher;  ///< its logits; empty: not kept
};

class Distillation {
 public:
  Distillation(const SourceModel& source, const Network& start, const std::vector<TokenText>& texts,
               const DistillationOptions& options)
      : options_(options),
        start_(start),
        teacher_(source.compile_as_f16()),
        student_(start, teacher_, all_tensors(start), all_tensors(start), options.parallel),
        pass_(teacher_, start_,
              pass_shape(*source.shape, pass_sequences(options), options.sequence_tokens),
              options.parallel),
        texts_(hold_out(texts, options.sequence_tokens)),
        windows_(texts_.training, options.sequence_tokens, options.seed) {
    collect_validation_passes();
  }

  Distilled run();

 private:
  using Clock = std::chrono::steady_clock;

  void collect_validation_passes();
  bool keeps_logits() const;
  double validate();
  void keep_best(double divergence);
  void take_step();
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }
  double done() const;
  bool is_over();
  void report(double divergence) const;

  const DistillationOptions& options_;
  const Network start_, teacher_;
  Student student_;
  DivergencePass pass_;
  const TextShares texts_;
  WindowStream windows_;
  std::vector<ValidationPass> validation_;
  const Clock::time_point begin_ = Clock::now();
  uint64_t steps_ = 0;
  bool is_over_ = false;
  Distilled distilled_;
};

/// As many as the texts are worth, without seeing any part often.
void Distillation::collect_validation_passes() {
  size_t tokens = 0;
  for (const TokenText& text : texts_.validation) tokens += text.size();
  WindowStream windows(texts_.validation, options_.sequence_tokens, 0);
  const PassShape& shape = pass_.shape();
  do {
    validation_.push_back({windows.next(shape.sequences), {}});
  } while ((validation_.size() + 1) * shape.rows() <= std::min(tokens, kValidationTokens));
}

bool Distillation::keeps_logits() const {
  const size_t row_bytes = start_.buffers[start_.ops.back().output].width * sizeof(float);
  return validation_.size() * pass_.shape().rows() * row_bytes <= kKeptLogitBytes;
}

double Distillation::validate() {
  student_.simulate();
  double sum = 0;
  for (ValidationPass& pass : validation_) {
    const bool is_kept = !pass.teacher.values.empty();
    const Rows<float>& teacher = is_kept ? pass.teacher : pass_.teach(pass.tokens);
    sum += pass_.forward(pass.tokens, teacher, student_.parameters());
    if (!is_kept && keeps_logits()) pass.teacher = teacher;
  }
  return sum / static_cast<double>(validation_.size());
}

void Distillation::keep_best(double divergence) {
  if (!(divergence < distilled_.result.divergence)) return;  // NaN is no improvement
  distilled_.result.divergence = divergence;
  student_.store_in(distilled_.network);
}

void Distillation::take_step() {
  const TrainingRates rates = options_.rates.at(done());
  student_.simulate();
  student_.clear_gradients();
  const uint32_t sequences = pass_.shape().sequences;
  for (uint32_t i = 0; i < options_.batch_sequences; i += sequences) {
    pass_.forward_and_back(windows_.next(sequences), student_.parameters());
  }
  student_.update(AdamStep(++steps_), rates);
}

double Distillation::done() const {
  const double of_time = seconds() / (options_.minutes * 60);
  if (options_.steps == 0) return std::min(of_time, 1.0);
  return static_cast<double>(steps_) / static_cast<double>(options_.steps);
}

/// Once it is, it stays so: the last state is validated.
bool Distillation::is_over() {
  is_over_ = is_over_ || done() >= 1 || seconds() >= options_.minutes * 60 ||
             (options_.should_stop && options_.should_stop());
  return is_over_;
}

void Distillation::report(double divergence) const {
  if (!options_.progress) return;
  options_.progress({.done = done(),
                     .seconds = seconds(),
                     .steps = steps_,
                     .divergence = divergence,
                     .least_divergence = distilled_.result.divergence});
}

Distilled Distillation::run() {
  distilled_.network = start_;
  double divergence = validate();
  distilled_.result.start_divergence = distilled_.result.divergence = divergence;
  student_.store_in(distilled_.network);
  double next_validation = 1.0 / options_.validations;
  report(divergence);
  while (!is_over()) {
    take_step();
    if (is_over() || done() >= next_validation) {
      divergence = validate();
      keep_best(divergence);
      next_validation += 1.0 / options_.validations;
    }
    report(divergence);
  }
  distilled_.result.steps = steps_;
  return std::move(distilled_);
}

}  // namespace

Distilled distill(const SourceModel& source, const Network& start,
                  const std::vector<TokenText>& texts, const DistillationOptions& options) {
  return Distillation(source, start, texts, options).run();
}

}  // namespace nibble::offline
