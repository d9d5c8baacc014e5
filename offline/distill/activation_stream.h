// What flows between the blocks of a program, for windows of tokens that go through block by block.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <map>
#include <span>
#include <vector>

#include "offline/distill/network_pass.h"

namespace nibble::offline {

/// Tokens of several passes of one shape.
using PassTokens = std::vector<std::vector<Token>>;

/// Holds the contents of every buffer that one block hands to later ones, for each pass.
class ActivationStream {
 public:
  /// @param network, tokens  outlive this
  ActivationStream(const Network& network, const PassTokens& tokens)
      : network_(network), tokens_(tokens), contents_(tokens.size()) {}

  /// Gives a pass over a block what it needs of the blocks before. @param index  of the pass
  void fill(size_t index, OpRange block, NetworkPass<float>& pass) const;
  /// Runs all passes through a block; the stream then holds what comes out of it.
  /// @param parameters  of the tensors in the block
  void advance(OpRange block, const PassShape& shape, std::span<Parameter<float>> parameters,
               const ParallelFor& parallel);

  /// @pre the last block advanced by, or one before it, wrote the buffer
  const std::vector<float>& contents(size_t index, uint16_t buffer) const {
    return contents_[index].at(buffer);
  }

 private:
  const Network& network_;
  const PassTokens& tokens_;
  std::vector<std::map<uint16_t, std::vector<float>>> contents_;  // by pass, then by buffer
};

}  // namespace nibble::offline
