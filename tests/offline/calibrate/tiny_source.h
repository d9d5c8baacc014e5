// The generated tiny model, compiled: what these tests build in memory.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/architectures/network.h"
#include "offline/calibrate/built_model.h"
#include "offline/calibrate/traced_session.h"
#include "offline/formats/registry.h"
#include "tests/models/generated_model.h"
#include "tests/support/command.h"

namespace nibble::test {

class TinySource {
 public:
  enum class Head { Separate, Tied };

  explicit TinySource(Head head = Head::Separate)
      : model_(write_and_read(folder_.path(), head == Head::Tied)) {}

  const std::filesystem::path& folder() const { return folder_.path(); }
  const offline::SourceModel& model() const { return model_; }
  offline::Network compile(const offline::Scheme& scheme) const {
    return model_.compile([&](format::Role, uint16_t) { return scheme; });
  }
  offline::BuiltModel build(const offline::Network& network) const {
    return {model_, network, *quantizer_};
  }

 private:
  static offline::SourceModel write_and_read(const std::filesystem::path& folder, bool is_tied) {
    Recipe recipe = recipes().back();
    recipe.shape.tie_word_embeddings = is_tied;
    write_model(recipe, folder);
    return offline::read_model(folder);
  }

  TemporaryFolder folder_;
  offline::SourceModel model_;
  std::unique_ptr<offline::Quantizer> quantizer_ = offline::make_quantizer("rtn");
};

}  // namespace nibble::test
