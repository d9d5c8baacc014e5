// The training loop: batches, passes, steps, and the best state so far.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/distillation.h"

#include <algorithm>
#include <chrono>
#include <string>

#include "offline/distill/divergence_loss.h"
#include "offline/distill/network_pass.h"
#include "offline/files/input_error.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kPassTokens = 1024;      // a batch is computed in passes, to bound memory
constexpr size_t kValidationShare = 16;     // one text of so many is held out
constexpr size_t kValidationTokens = 8192;  // at most

IndexSet all_tensors(const Network& network) {
  return tensors_in(network, whole_program(network));
}

uint32_t pass_sequences(const DistillationOptions& options) {
  const uint32_t fitting = std::max(kPassTokens / options.sequence_tokens, 1u);
  return std::min(fitting, options.batch_sequences);
}

/// Every kValidationShare-th text, or all the others.
std::vector<TokenText> texts_for(bool validation, const std::vector<TokenText>& texts) {
  std::vector<TokenText> chosen;
  for (size_t i = 0; i < texts.size(); ++i) {
    if ((i % kValidationShare == kValidationShare - 1) == validation) chosen.push_back(texts[i]);
  }
  return chosen;
}

/// There must be one to train on and one to validate on.
void require_windows(const std::vector<TokenText>& texts, uint32_t sequence_tokens) {
  const auto whole = std::ranges::count_if(
      texts, [&](const TokenText& text) { return text.size() >= sequence_tokens; });
  if (texts.size() >= kValidationShare && static_cast<size_t>(whole) == texts.size()) return;
  throw InputError("calibration text",
                   "has " + std::to_string(whole) + " windows of " +
                       std::to_string(sequence_tokens) + " tokens; distillation needs " +
                       std::to_string(kValidationShare) + ": give more text, or more --samples");
}

class Distillation {
 public:
  Distillation(const SourceModel& source, const Network& start, const std::vector<TokenText>& texts,
               const DistillationOptions& options)
      : options_(options),
        start_(start),
        teacher_network_(teacher_of(source)),
        teacher_parameters_(read_parameters(teacher_network_, all_tensors(teacher_network_))),
        student_(start, teacher_network_, all_tensors(start), all_tensors(start), options.parallel),
        shape_(pass_shape(*source.shape, pass_sequences(options), options.sequence_tokens)),
        teacher_(teacher_network_, whole_program(teacher_network_), shape_, Gradients::No,
                 options.parallel),
        pass_(start_, whole_program(start_), shape_, Gradients::Yes, options.parallel),
        training_texts_(texts_for(false, texts)),
        windows_(training_texts_, options.sequence_tokens, options.seed),
        validation_(validation_batches(texts_for(true, texts))) {}

  Distilled run();

 private:
  using Clock = std::chrono::steady_clock;

  std::vector<std::vector<Token>> validation_batches(const std::vector<TokenText>& texts) const;
  double validate();
  void keep_best(double divergence);
  void take_step();
  double seconds() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }
  double done() const;
  bool is_over();
  void report(double divergence) const;

  /// The student's divergence from the teacher over one pass; both have been run then.
  double compare(const std::vector<Token>& tokens, Rows<float>* gradient);

  const DistillationOptions& options_;
  const Network start_;
  const Network teacher_network_;
  std::vector<Parameter<float>> teacher_parameters_;
  Student student_;
  const PassShape shape_;
  NetworkPass<float> teacher_, pass_;
  const std::vector<TokenText> training_texts_;
  WindowStream windows_;
  const std::vector<std::vector<Token>> validation_;  // of one pass each
  const Clock::time_point begin_ = Clock::now();
  uint64_t steps_ = 0;
  bool is_over_ = false;
  Distilled distilled_;
};

std::vector<std::vector<Token>> Distillation::validation_batches(
    const std::vector<TokenText>& texts) const {
  size_t tokens = 0;
  for (const TokenText& text : texts) tokens += text.size();
  WindowStream windows(texts, options_.sequence_tokens, 0);
  std::vector<std::vector<Token>> batches;
  do {
    batches.push_back(windows.next(shape_.sequences));
  } while ((batches.size() + 1) * shape_.rows() <= std::min(tokens, kValidationTokens));
  return batches;
}

double Distillation::compare(const std::vector<Token>& tokens, Rows<float>* gradient) {
  teacher_.forward(tokens, teacher_parameters_);
  pass_.forward(tokens, student_.parameters());
  const uint16_t teacher_logits = teacher_network_.ops.back().output;
  const uint16_t logits = start_.ops.back().output;
  return divergence_sum(teacher_.output(teacher_logits), pass_.output(logits), gradient,
                        options_.parallel) /
         shape_.rows();
}

double Distillation::validate() {
  student_.simulate();
  double sum = 0;
  for (const std::vector<Token>& batch : validation_) sum += compare(batch, nullptr);
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
  for (uint32_t i = 0; i < options_.batch_sequences; i += shape_.sequences) {
    const std::vector<Token> tokens = windows_.next(shape_.sequences);
    compare(tokens, &pass_.gradient(start_.ops.back().output));
    pass_.backward(tokens, student_.parameters());
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
  require_windows(texts, options.sequence_tokens);
  return Distillation(source, start, texts, options).run();
}

}  // namespace nibble::offline
