// Gives each session its tokens when it is ready for them, and notes all logits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/batch_texts.h"

namespace nibble::test {
namespace {

/// A session that works through its text.
class Reader {
 public:
  Reader(Session& session, const BatchText& text) : session_(session), text_(text) {}

  void begin(uint32_t step) {
    if (step == text_.start) checked(session_.append(span_of(text_.prompt)));
  }
  /// Takes the logits that are there, and gives the token behind them.
  void go_on() {
    if (!session_.logits().ok() || bits_.size() > text_.next.size()) return;
    bits_.push_back(bits_of(session_.logits()));
    if (bits_.size() > text_.next.size()) return;
    checked(session_.append({&text_.next[bits_.size() - 1], 1}));
  }
  bool done() const { return bits_.size() > text_.next.size(); }
  const TextBits& bits() const { return bits_; }

 private:
  Session& session_;
  const BatchText& text_;
  TextBits bits_;
};

bool all_done(const std::vector<Reader>& readers) {
  for (const Reader& reader : readers)
    if (!reader.done()) return false;
  return true;
}

}  // namespace

std::vector<BatchText> varied_texts(uint32_t count, uint32_t vocabulary, uint32_t most_tokens) {
  std::vector<BatchText> texts(count);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t next = 1 + i * 5 % 7;
    const uint32_t prompt = 1 + i * 11 % (most_tokens - next);
    for (uint32_t t = 0; t < prompt + next; ++t)
      (t < prompt ? texts[i].prompt : texts[i].next)
          .push_back((i * 101 + t * t * 37 + 3) % vocabulary);
    texts[i].start = i * 3 % 8;
  }
  return texts;
}

TextBits bits_alone(const Model& model, const BatchText& text, const SessionConfig& config) {
  TestSession session(model, config);
  TextBits bits = {bits_of(session->prefill(span_of(text.prompt)))};
  for (const Token token : text.next) bits.push_back(bits_of(session->decode(token)));
  return bits;
}

std::vector<TextBits> bits_together(const Model& model, const std::vector<BatchText>& texts,
                                    const SessionConfig& config, uint64_t tile_budget) {
  const auto count = static_cast<uint32_t>(texts.size());
  TestBatch batch(model, {.session = config, .sessions = count});
  std::vector<Reader> readers;
  for (uint32_t i = 0; i < count; ++i) readers.emplace_back(batch[i], texts[i]);
  for (uint32_t step = 0; !all_done(readers); ++step) {
    for (Reader& reader : readers) reader.begin(step);
    const Result<Progress> progress = batch->step(tile_budget);
    if (progress.error() == Error::NothingToDo) continue;  // Nobody has started.
    if (checked(progress) == Progress::Done)
      for (Reader& reader : readers) reader.go_on();
  }
  if (!batch.canaries_whole()) throw std::runtime_error("the batch wrote beside its arena");
  std::vector<TextBits> bits;
  for (const Reader& reader : readers) bits.push_back(reader.bits());
  return bits;
}

}  // namespace nibble::test
