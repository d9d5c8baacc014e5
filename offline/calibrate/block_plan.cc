// Finds blocks by the layers of ops, and what they carry by who writes a buffer before whom.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/block_plan.h"

#include <algorithm>
#include <set>

#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

using format::OpCode;
using format::OpRecord;

std::vector<Block> cut_layers(const std::vector<OpRecord>& ops) {
  std::vector<Block> blocks;
  for (uint32_t op = 0; op < ops.size(); ++op) {
    if (op == 0 || ops[op].layer != ops[op - 1].layer) blocks.emplace_back().begin = op;
    blocks.back().end = op + 1;
  }
  return blocks;
}

/// A stage ends where an op other than a product, or the quantization of an input, follows one.
void find_stages(const std::vector<OpRecord>& ops, Block& block) {
  bool is_open = false;
  for (uint32_t op = block.begin; op < block.end; ++op) {
    if (ops[op].code == OpCode::MatMul) {
      if (!is_open) block.stages.emplace_back();
      block.stages.back().matmuls.push_back(op);
      is_open = true;
    } else if (ops[op].code != OpCode::Quantize) {
      is_open = false;
    }
  }
}

std::set<uint16_t> written(const std::vector<OpRecord>& ops, uint32_t begin, uint32_t end) {
  std::set<uint16_t> buffers;
  for (uint32_t op = begin; op < end; ++op) buffers.insert(ops[op].output);
  return buffers;
}

/// Buffers that ops from `begin` on read before they write them.
std::set<uint16_t> read_first(const std::vector<OpRecord>& ops, uint32_t begin) {
  std::set<uint16_t> defined, needed;
  for (uint32_t op = begin; op < ops.size(); ++op) {
    const OpRecord& record = ops[op];
    std::vector<uint16_t> reads(record.input, record.input + format::rules_of(record.code).inputs);
    if (format::works_in_place(record)) reads.push_back(record.output);
    for (const uint16_t buffer : reads) {
      if (!defined.contains(buffer)) needed.insert(buffer);
    }
    defined.insert(record.output);
  }
  needed.erase(format::kNone);  // an input that may be absent
  return needed;
}

}  // namespace

std::vector<Block> plan_blocks(const Network& network) {
  std::vector<Block> blocks = cut_layers(network.ops);
  for (Block& block : blocks) {
    find_stages(network.ops, block);
    const std::set<uint16_t> changed = written(network.ops, blocks[0].end, block.begin);
    std::ranges::set_intersection(changed, read_first(network.ops, block.begin),
                                  std::back_inserter(block.carried));
  }
  return blocks;
}

}  // namespace nibble::offline
