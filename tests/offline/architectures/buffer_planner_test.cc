// Buffers that are live together do not overlap; others share bytes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/buffer_planner.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "runtime/format/layout.h"
#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

using format::BufferRecord;
using format::BufferRows;
using format::BufferType;
using format::kNone;
using format::OpCode;
using format::OpRecord;

BufferRecord floats(uint32_t width, BufferRows rows = BufferRows::Token) {
  return {BufferType::F32, rows, 0, width, 0, 0};
}

OpRecord op(OpCode code, uint16_t output, uint16_t first = kNone, uint16_t second = kNone) {
  return {code, 0, format::kNoLayer, output, {first, second}, {kNone, kNone}, {}};
}

bool overlap(const BufferRecord& a, const BufferRecord& b) {
  return a.row_offset_bytes < b.row_offset_bytes + format::row_bytes(b) &&
         b.row_offset_bytes < a.row_offset_bytes + format::row_bytes(a);
}

TEST(BufferPlanner, ReusesBytesOfWhatIsNoLongerRead) {
  std::vector<BufferRecord> buffers = {floats(64), floats(64), floats(64)};
  const OpRecord ops[] = {op(OpCode::Embed, 0), op(OpCode::Quantize, 1, 0),
                          op(OpCode::Quantize, 2, 1)};
  plan_buffers(ops, buffers);
  EXPECT_FALSE(overlap(buffers[0], buffers[1]));
  EXPECT_FALSE(overlap(buffers[1], buffers[2]));
  EXPECT_TRUE(overlap(buffers[0], buffers[2]));
}

TEST(BufferPlanner, KeepsWhatIsWorkedOnInPlace) {
  std::vector<BufferRecord> buffers = {floats(64), floats(64), floats(64)};
  OpRecord accumulate = op(OpCode::MatMul, 0, 2);
  accumulate.flags = format::kOpAccumulate;
  const OpRecord ops[] = {op(OpCode::Embed, 0), op(OpCode::Embed, 1), op(OpCode::Quantize, 2, 1),
                          accumulate};
  plan_buffers(ops, buffers);
  EXPECT_FALSE(overlap(buffers[0], buffers[1]));
  EXPECT_FALSE(overlap(buffers[0], buffers[2]));
}

TEST(BufferPlanner, TakesTheSmallestGapThatHolds) {
  // 3 is live with 0 and 1 only: it fits the gap that 2 leaves between them.
  std::vector<BufferRecord> buffers = {floats(256), floats(64), floats(128), floats(96)};
  const OpRecord ops[] = {op(OpCode::Embed, 0),
                          op(OpCode::Embed, 2),
                          op(OpCode::Embed, 1),
                          op(OpCode::GatedActivation, kNone, 0, 2),
                          op(OpCode::Embed, 3),
                          op(OpCode::GatedActivation, kNone, 0, 1),
                          op(OpCode::GatedActivation, kNone, 0, 3)};
  plan_buffers(ops, buffers);
  EXPECT_EQ(buffers[3].row_offset_bytes, buffers[2].row_offset_bytes);
}

TEST(BufferPlanner, KeepsRowKindsInAreasOfTheirOwn) {
  std::vector<BufferRecord> buffers = {floats(64), floats(64, BufferRows::Logit)};
  const OpRecord ops[] = {op(OpCode::Embed, 0), op(OpCode::GatherRows, 1, 0)};
  plan_buffers(ops, buffers);
  EXPECT_EQ(buffers[0].row_offset_bytes, 0u);
  EXPECT_EQ(buffers[1].row_offset_bytes, 0u);
}

/// What each buffer holds, by replaying the ops over a memory of "who wrote here last".
class Replay {
 public:
  explicit Replay(std::span<const BufferRecord> buffers) : buffers_(buffers) {}
  void write(uint16_t buffer) {
    const uint32_t begin = buffers_[buffer].row_offset_bytes / format::kAlignBytes;
    const uint32_t count = format::row_bytes(buffers_[buffer]) / format::kAlignBytes;
    owners_.resize(std::max<size_t>(owners_.size(), begin + count), kNone);
    std::fill_n(owners_.begin() + begin, count, buffer);
  }
  bool holds(uint16_t buffer) const {
    const uint32_t begin = buffers_[buffer].row_offset_bytes / format::kAlignBytes;
    const uint32_t count = format::row_bytes(buffers_[buffer]) / format::kAlignBytes;
    return std::all_of(owners_.begin() + begin, owners_.begin() + begin + count,
                       [&](uint16_t owner) { return owner == buffer; });
  }

 private:
  std::span<const BufferRecord> buffers_;
  std::vector<uint16_t> owners_;
};

TEST(BufferPlanner, NeverLosesWhatIsStillReadInRandomPrograms) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<BufferRecord> buffers;
    for (int i = 0; i < 12; ++i) buffers.push_back(floats(32 * (1 + random() % 20)));
    std::vector<OpRecord> ops;
    std::vector<uint16_t> written;
    for (int i = 0; i < 40; ++i) {
      const auto output = static_cast<uint16_t>(random() % buffers.size());
      OpRecord record = op(OpCode::Embed, output);
      if (!written.empty()) record.input[0] = written[random() % written.size()];
      if (record.input[0] == output) record.input[0] = kNone;
      ops.push_back(record);
      written.push_back(output);
    }
    plan_buffers(ops, buffers);
    Replay replay(buffers);
    for (const OpRecord& record : ops) {
      const bool reads = record.input[0] != kNone;
      ASSERT_TRUE(!reads || replay.holds(record.input[0])) << round;
      replay.write(record.output);
      ASSERT_TRUE(!reads || replay.holds(record.input[0])) << round;
    }
  }
}

}  // namespace
}  // namespace nibble::offline
