// Compares what two readers made of one model.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <gtest/gtest.h>

#include <cstring>

#include "offline/formats/source_model.h"

namespace nibble::test {

inline void expect_same_vocabulary(const offline::Vocabulary& a, const offline::Vocabulary& b) {
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.flags, b.flags);
  EXPECT_EQ(a.bos, b.bos);
  EXPECT_EQ(a.eos, b.eos);
  EXPECT_EQ(a.unknown, b.unknown);
  EXPECT_EQ(a.split_steps, b.split_steps);
  EXPECT_EQ(a.ignores_merges, b.ignores_merges);
  EXPECT_EQ(a.chat_source, b.chat_source);
  ASSERT_EQ(a.pieces.size(), b.pieces.size());
  for (size_t i = 0; i < a.pieces.size(); ++i) {
    ASSERT_EQ(a.pieces[i].text, b.pieces[i].text) << "piece " << i;
    ASSERT_EQ(a.pieces[i].rank, b.pieces[i].rank) << "piece " << i;
    ASSERT_EQ(a.pieces[i].type, b.pieces[i].type) << "piece " << i;
    ASSERT_EQ(a.pieces[i].left_bytes, b.pieces[i].left_bytes) << "piece " << i;
    ASSERT_EQ(a.pieces[i].rules, b.pieces[i].rules) << "piece " << i;
  }
}

/// The same program over the same values, bit for bit.
inline void expect_same_network(const offline::Network& a, const offline::Network& b) {
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    EXPECT_EQ(a.tensors[i].name, b.tensors[i].name);
    EXPECT_EQ(a.tensors[i].increments, b.tensors[i].increments) << a.tensors[i].name;
    if (a.tensors[i].source == nullptr) continue;
    EXPECT_TRUE(offline::same_weights(*a.tensors[i].source, *b.tensors[i].source))
        << a.tensors[i].name;
  }
  ASSERT_EQ(a.ops.size(), b.ops.size());
  EXPECT_EQ(std::memcmp(a.ops.data(), b.ops.data(), a.ops.size() * sizeof a.ops[0]), 0);
}

inline void expect_same_model(const offline::SourceModel& a, const offline::SourceModel& b) {
  EXPECT_EQ(a.architecture, b.architecture);
  expect_same_vocabulary(a.vocabulary, b.vocabulary);
  expect_same_network(a.compile_as_f16(), b.compile_as_f16());
}

}  // namespace nibble::test
