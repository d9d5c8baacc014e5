// What tests of whole training runs share: texts, a scheme, and a comparison of results.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <gtest/gtest.h>

#include "offline/distill/window_stream.h"
#include "tests/offline/calibrate/tiny_source.h"
#include "tests/support/partitions.h"

namespace nibble::test {

inline constexpr offline::Scheme kTrainedScheme{format::TensorType::Int4, 32};

/// Tokens that follow no rule but their own.
inline std::vector<offline::TokenText> pseudo_random_texts() {
  std::vector<offline::TokenText> texts(256, offline::TokenText(24));
  uint32_t state = 1;
  for (offline::TokenText& text : texts) {
    for (Token& token : text) token = (state = state * 1664525u + 1013904223u) % 515;
  }
  return texts;
}

inline void expect_same_weights(const offline::Network& a, const offline::Network& b) {
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    const offline::TensorPlan& plan = a.tensors[i];
    if (plan.source == nullptr) continue;
    EXPECT_TRUE(same_weights(*plan.source, *b.tensors[i].source)) << plan.name;
  }
}

}  // namespace nibble::test
