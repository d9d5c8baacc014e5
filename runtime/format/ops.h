// The operations of a blob's program: one row per operation, which says all that is common to them.
// docs/FORMAT.md 4.6 is the specification: shapes and formulas are there and in docs/NUMERICS.md.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include "runtime/format/blob.h"

namespace nibble::format {

// The verifier, the executor, the packer's buffer planner, `nibble inspect` and
// cmake/checks/stack.py read these rows. docs/EXTENDING.md lists what a new operation needs
// besides.

enum class OpCode : uint16_t {
  Embed = 0,
  RmsNorm,
  Quantize,
  MatMul,
  RotaryTable,
  Rotate,
  AppendKv,
  Attend,
  GatedActivation,
  Add,
  GatherRows,
  Count
};
inline constexpr size_t kOpCount = static_cast<size_t>(OpCode::Count);

inline constexpr uint16_t kOpAccumulate = 1;  ///< In OpRecord::flags: output += instead of =

enum class Activation : uint32_t { Silu = 0, Count };
inline constexpr const char* kActivationNames[] = {"silu"};
static_assert(sizeof(kActivationNames) / sizeof(char*) == static_cast<size_t>(Activation::Count));

/// What the 32 bits of an argument mean, and what the verifier requires of every operation's.
enum class ArgumentKind : uint8_t {
  None = 0,    ///< There is no such argument: 0.
  Float,       ///< The bits of an IEEE single, positive and normal.
  Integer,     ///< A number whose range is the operation's own rule.
  Activation,  ///< An Activation.
};

/// How an operation divides into tiles, the units of work: tiles of one operation are independent
/// and may run in any order.
enum class TileRule : uint8_t {
  Rows = 0,      ///< One tile per row of the output, or of the first input where none is written.
  WeightBlocks,  ///< One tile per block of kBlockRows rows of tensor 0, for all rows of the pass.
  HeadRows,      ///< One tile per row and key/value head: all heads that share keys and values.
};

/// What an operation does with its layer's cache; one that uses the cache names a layer.
enum class CacheUse : uint8_t { None = 0, Append, Read };

/// Which operands an operation has, and how it runs. All operands that it does not have are absent.
struct OpRules {
  uint8_t generation = 1;  ///< The set of operations it came with; see required_features().
  bool output = true;
  uint8_t inputs = 0;
  uint8_t tensors = 0;
  bool optional_tensor = false;  ///< The last of `tensors` may be absent.
  bool in_place = false;         ///< It reads its output as well.
  ArgumentKind arguments[2] = {};
  uint16_t flags = 0;  ///< Those that may be set.
  CacheUse cache = CacheUse::None;
  TileRule tiles = TileRule::Rows;
};

struct OpRow {
  OpCode code = OpCode::Count;
  const char* name = nullptr;  ///< In `nibble inspect`; its kernel is the function of this name.
  OpRules rules = {};
  const char* arguments[2] = {nullptr, nullptr};  ///< Names of the arguments.
};

inline constexpr OpRow kOps[] = {
    {.code = OpCode::Embed, .name = "embed", .rules = {.tensors = 1}},
    {.code = OpCode::RmsNorm,
     .name = "rms_norm",
     .rules = {.inputs = 1, .tensors = 1, .arguments = {ArgumentKind::Float}},
     .arguments = {"epsilon"}},
    {.code = OpCode::Quantize, .name = "quantize", .rules = {.inputs = 1}},
    {.code = OpCode::MatMul,
     .name = "matmul",
     .rules = {.inputs = 1,
               .tensors = 2,
               .optional_tensor = true,
               .flags = kOpAccumulate,
               .tiles = TileRule::WeightBlocks}},
    {.code = OpCode::RotaryTable, .name = "rotary_table", .rules = {.tensors = 1}},
    {.code = OpCode::Rotate,
     .name = "rotate",
     .rules = {.inputs = 1,
               .in_place = true,
               .arguments = {ArgumentKind::Integer, ArgumentKind::Integer}},
     .arguments = {"heads", "head_dimension"}},
    {.code = OpCode::AppendKv,
     .name = "append_kv",
     .rules = {.output = false, .inputs = 2, .cache = CacheUse::Append}},
    {.code = OpCode::Attend,
     .name = "attend",
     .rules = {.inputs = 1,
               .arguments = {ArgumentKind::Float},
               .cache = CacheUse::Read,
               .tiles = TileRule::HeadRows},
     .arguments = {"scale"}},
    {.code = OpCode::GatedActivation,
     .name = "gated_activation",
     .rules = {.inputs = 2, .arguments = {ArgumentKind::Activation}},
     .arguments = {"activation"}},
    {.code = OpCode::Add, .name = "add", .rules = {.inputs = 1, .in_place = true}},
    {.code = OpCode::GatherRows, .name = "gather_rows", .rules = {.inputs = 1}},
};

// Rows are at the index of their code.
inline constexpr bool kOpsAreInOrder = [] {
  for (size_t i = 0; i < kOpCount; ++i)
    if (kOps[i].code != static_cast<OpCode>(i)) return false;
  return true;
}();
static_assert(sizeof(kOps) / sizeof(kOps[0]) == kOpCount && kOpsAreInOrder);

// The rules without the names, which the runtime would otherwise carry along.
struct OpRulesByCode {
  OpRules rules[kOpCount];
};
inline constexpr OpRulesByCode kOpRules = [] {
  OpRulesByCode table{};
  for (size_t i = 0; i < kOpCount; ++i) table.rules[i] = kOps[i].rules;
  return table;
}();

/// @pre code < OpCode::Count
constexpr const OpRules& rules_of(OpCode code) {
  return kOpRules.rules[static_cast<size_t>(code)];
}

/// Whether the op reads its output as well as its inputs. @pre op.code < OpCode::Count
constexpr bool works_in_place(const OpRecord& op) {
  return rules_of(op.code).in_place || (op.flags & kOpAccumulate) != 0;
}

// A blob says in Header::required_features which generations its operations are of, so that a
// runtime of before a generation refuses the blob as newer than itself, and not as malformed.
inline constexpr uint8_t kMaxOpGenerations = 16;

/// The bit of a generation. @pre 1 <= generation <= kMaxOpGenerations
constexpr uint32_t generation_feature(uint8_t generation) {
  return uint32_t{1} << (generation - 1);
}

/// The bits of all generations that this runtime has.
inline constexpr uint32_t kOpFeatures = [] {
  uint32_t features = 0;
  for (const OpRow& op : kOps) features |= generation_feature(op.rules.generation);
  return features;
}();
static_assert(kOpFeatures < kTokenizerFeature);

/// The bits that a blob with these operations sets. Unknown codes count as nothing.
constexpr uint32_t required_features(Span<const OpRecord> ops) {
  uint32_t features = 0;
  for (const OpRecord& op : ops)
    if (op.code < OpCode::Count) features |= generation_feature(rules_of(op.code).generation);
  return features;
}

}  // namespace nibble::format
