// Steps nested in one another: each remembers where its part ends.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/word_splitter.h"

namespace nibble {

Text WordSplitter::next() {
  size_t end = text_.size();
  for (size_t i = 0; i < format::kMaxSplitSteps; ++i) {
    const format::SplitStep step = tables_.split_step(i);
    if (step == format::SplitStep::None || begin_ == end) break;
    // A part that ends at begin_ ends all parts inside it.
    if (ends_[i] <= begin_) ends_[i] = split_end(step, {tables_, text_.first(end)}, begin_);
    end = ends_[i];
  }
  const Text word = text_.slice(begin_, end - begin_);
  begin_ = end;
  return word;
}

}  // namespace nibble
