// The loop behind `nibble run`: draw, stream, look for the end.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/reply.h"

#include <nibble/self_test.h>
#include <nibble/tokenizer.h>

#include <chrono>

#include "offline/cli/stop_filter.h"
#include "offline/host/failure_text.h"
#include "offline/host/generation.h"
#include "offline/report/blob_summary.h"

namespace nibble::offline {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Pieces to whole characters, less what a stop text cuts off.
class ReplyText {
 public:
  explicit ReplyText(const ReplyOptions& options) : options_(options), stops_(options.stops) {}

  void push(Text piece, std::string& text) {
    std::vector<char> whole((piece.size() + sizeof(uint32_t)) * TextStream::kMaxExpansion);
    const size_t bytes = value_or_throw(stream_.push(piece, {whole.data(), whole.size()}), "text");
    show(stops_.push({whole.data(), bytes}), text);
  }
  void finish(std::string& text) {
    char held[sizeof(uint32_t) * TextStream::kMaxExpansion];
    const size_t bytes = value_or_throw(stream_.flush(held), "text");
    show(stops_.push({held, bytes}), text);
    show(stops_.flush(), text);
  }
  bool has_stopped() const { return stops_.has_stopped(); }

 private:
  void show(const std::string& part, std::string& text) {
    if (part.empty()) return;
    text += part;
    if (options_.show) options_.show(part);
  }

  const ReplyOptions& options_;
  TextStream stream_{false};  // a reply goes on from its prompt: its first space belongs to it
  StopFilter stops_;
};

class ReplyMaker {
 public:
  ReplyMaker(Session& session, const ReplyOptions& options)
      : tokenizer_(session.model().tokenizer()),
        options_(options),
        generation_(session, options.sampler),
        text_(options) {}

  Reply make(const std::vector<Token>& prompt) {
    reply_.prompt_tokens = prompt.size();
    const Clock::time_point start = Clock::now();
    if (!generation_.prompt(prompt, options_.is_interrupted)) {
      reply_.end = "interrupted";
      return reply_;
    }
    reply_.prefill_seconds = seconds_since(start);
    while (reply_.end.empty()) turn(start);
    if (reply_.tokens.size() > 1) {
      reply_.decode_seconds = seconds_since(start) - reply_.first_token_seconds;
    }
    text_.finish(reply_.text);
    if (options_.digest) finish_digest();
    return reply_;
  }

 private:
  void turn(Clock::time_point start) {
    if (reply_.tokens.size() == options_.max_tokens) return end("tokens");
    if (options_.is_interrupted && options_.is_interrupted()) return end("interrupted");
    const std::optional<Token> token = generation_.next();
    if (generation_.end() == ReplyEnd::ContextFull) return end("context");
    if (options_.digest) digest_.add(generation_.logits());
    if (reply_.first_token_seconds == 0) reply_.first_token_seconds = seconds_since(start);
    if (!token) return end("end-token");
    reply_.tokens.push_back(*token);
    text_.push(tokenizer_.piece(*token), reply_.text);
    if (text_.has_stopped()) end("stop");
  }

  void end(const char* reason) { reply_.end = reason; }

  void finish_digest() {
    uint8_t sha256[LogitsDigest::kBytes];
    digest_.finish(sha256);
    reply_.logits_sha256 = hex(sha256);
  }

  const Tokenizer& tokenizer_;
  const ReplyOptions& options_;
  Generation generation_;
  ReplyText text_;
  LogitsDigest digest_;
  Reply reply_;
};

}  // namespace

Reply make_reply(Session& session, const std::vector<Token>& prompt, const ReplyOptions& options) {
  return ReplyMaker(session, options).make(prompt);
}

}  // namespace nibble::offline
