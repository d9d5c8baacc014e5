// How far quantized networks are from their f16 model on a text that was kept for judging them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "offline/calibrate/built_model.h"
#include "offline/evaluate/perplexity.h"

namespace nibble::offline {

/// The network's model in memory. @pre every matrix's source holds codes in its scheme, or its
/// scheme is F16
std::unique_ptr<BuiltModel> build_model(const SourceModel& source, const Network& network);

/// The text, tokenized, beside the reference model. The protocol is fixed, so that figures of
/// different runs can be compared: windows of kWindowTokens, or of the context where that is
/// shorter, at most kMostWindows of them.
class Validation {
 public:
  static constexpr uint32_t kWindowTokens = 256;
  static constexpr uint32_t kMostWindows = 200;
  /// Fewer windows do not tell their spread.
  static constexpr size_t kFewestWindows = 30;

  /// Runs the reference over the text once; what it says there is kept (StoredReference).
  /// @param reference  the f16 model; outlives this, as `source` does
  /// @param session    kernels and threads for all models
  /// @param threads    of the reference's run; 0: one per CPU
  /// Throws InputError, naming the text and what it lacks.
  Validation(const SourceModel& source, const LoadedModel& reference,
             const std::filesystem::path& text, const SessionConfig& session, unsigned threads = 0);

  /// Throws InputError: whatever the runtime refuses of the network.
  BlobScore measure(const Network& network, const std::function<void(double done)>& progress) const;

  const ScoreProtocol& protocol() const { return protocol_; }
  const std::string& text_sha256() const { return text_sha256_; }
  const LoadedModel& reference() const { return reference_; }

 private:
  const SourceModel& source_;
  const LoadedModel& reference_;
  SessionConfig session_;
  ScoreProtocol protocol_;
  std::vector<Token> tokens_;
  std::string text_sha256_;
  std::unique_ptr<StoredReference> stored_;
};

}  // namespace nibble::offline
