// Cuts text into the words that merges stay within: the pre-tokenizers of FORMAT.md, without a
// regular expression engine.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/tokenizer/characters.h"

namespace nibble {

/// Goes through one text once. Cost: linear in it for each step.
class WordSplitter {
 public:
  /// @param tables, text  outlive the splitter
  WordSplitter(const TokenizerTables& tables, Text text) : tables_(tables), text_(text) {}

  /// @returns the next word; empty behind the last
  Text next();

 private:
  const TokenizerTables& tables_;
  const Text text_;
  size_t begin_ = 0;
  size_t ends_[format::kMaxSplitSteps] = {};  ///< Of the part of each step that begin_ is in.
};

/// The end of the part that a step makes at `begin`: a match, or all up to the next match.
/// @param text  the part that the step before it made ends with it
/// @returns more than `begin`, at most text.size()
size_t split_end(format::SplitStep step, const Characters& text, size_t begin);

}  // namespace nibble
