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
  LayerNorm,
  Count
};
inline constexpr size_t kOpCount = static_cast<size_t>(OpCode::Count);

// In OpRecord::flags.
inline constexpr uint16_t kOpAccumulate = 1;  ///< output += instead of =
inline constexpr uint16_t kOpByPosition = 2;  ///< Embed: rows of the tokens' positions, not ids.

inline constexpr const char* kActivationNames[] = {"silu", "gelu_tanh",  "gelu_erf",
                                                   "relu", "quick_gelu", "soft_cap"};
static_assert(sizeof(kActivationNames) / sizeof(char*) == static_cast<size_t>(Activation::Count));

/// What the 32 bits of an argument mean, and what the verifier requires of every operation's.
enum class ArgumentKind : uint8_t {
  None = 0,       ///< There is no such argument: 0.
  Float,          ///< The bits of an IEEE single, positive and normal.
  OptionalFloat,  ///< A Float, or 0 where the operation does without.
  Integer,        ///< A number whose range is the operation's own rule.
  Activation,     ///< An Activation.
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
  bool optional_input = false;   ///< The last of `inputs` may be absent.
  bool optional_tensor = false;  ///< The last of `tensors` may be absent.
  bool in_place = false;         ///< It reads its output as well.
  bool may_replace = false;      ///< Its output may be the buffer of input 0.
  ArgumentKind arguments[kOpArguments] = {};
  uint8_t first_arguments = 0;  ///< So many of them are of generation 1; see generation_of().
  uint16_t flags = 0;           ///< Those that may be set.
  uint16_t first_flags = 0;     ///< Those of them that are of generation 1.
  CacheUse cache = CacheUse::None;
  TileRule tiles = TileRule::Rows;
};

struct OpRow {
  OpCode code = OpCode::Count;
  const char* name = nullptr;  ///< In `nibble inspect`; its kernel is the function of this name.
  OpRules rules = {};
  const char* arguments[kOpArguments] = {};  ///< Names of the arguments.
};

inline constexpr OpRow kOps[] = {
    {.code = OpCode::Embed,
     .name = "embed",
     .rules = {.tensors = 1,
               .arguments = {ArgumentKind::OptionalFloat},
               .flags = kOpAccumulate | kOpByPosition},
     .arguments = {"scale"}},
    {.code = OpCode::RmsNorm,
     .name = "rms_norm",
     .rules = {.inputs = 1,
               .tensors = 1,
               .may_replace = true,
               .arguments = {ArgumentKind::Float, ArgumentKind::Integer},
               .first_arguments = 1},
     .arguments = {"epsilon", "segment"}},
    {.code = OpCode::Quantize, .name = "quantize", .rules = {.inputs = 1}},
    {.code = OpCode::MatMul,
     .name = "matmul",
     .rules = {.inputs = 1,
               .tensors = 2,
               .optional_tensor = true,
               .flags = kOpAccumulate,
               .first_flags = kOpAccumulate,
               .tiles = TileRule::WeightBlocks}},
    {.code = OpCode::RotaryTable, .name = "rotary_table", .rules = {.tensors = 1}},
    {.code = OpCode::Rotate,
     .name = "rotate",
     .rules = {.inputs = 1,
               .in_place = true,
               .arguments = {ArgumentKind::Integer, ArgumentKind::Integer},
               .first_arguments = 2},
     .arguments = {"heads", "head_dimension"}},
    {.code = OpCode::AppendKv,
     .name = "append_kv",
     .rules = {.output = false,
               .inputs = 2,
               .arguments = {ArgumentKind::Integer, ArgumentKind::Integer, ArgumentKind::Integer},
               .cache = CacheUse::Append},
     .arguments = {"kv_heads", "head_dimension", "window"}},
    {.code = OpCode::Attend,
     .name = "attend",
     .rules = {.inputs = 1,
               .arguments = {ArgumentKind::Float, ArgumentKind::OptionalFloat},
               .first_arguments = 1,
               .cache = CacheUse::Read,
               .tiles = TileRule::HeadRows},
     .arguments = {"scale", "cap"}},
    {.code = OpCode::GatedActivation,
     .name = "gated_activation",
     .rules = {.inputs = 2,
               .optional_input = true,
               .may_replace = true,
               .arguments = {ArgumentKind::Activation, ArgumentKind::OptionalFloat},
               .first_arguments = 1},
     .arguments = {"activation", "cap"}},
    {.code = OpCode::Add, .name = "add", .rules = {.inputs = 1, .in_place = true}},
    {.code = OpCode::GatherRows, .name = "gather_rows", .rules = {.inputs = 1}},
    {.code = OpCode::LayerNorm,
     .name = "layer_norm",
     .rules = {.generation = 2,
               .inputs = 1,
               .tensors = 2,
               .optional_tensor = true,
               .may_replace = true,
               .arguments = {ArgumentKind::Float, ArgumentKind::Integer}},
     .arguments = {"epsilon", "segment"}},
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

/// Whether the output takes the place of input 0, in the same buffer. @pre op.code < OpCode::Count
constexpr bool replaces_input(const OpRecord& op) {
  return rules_of(op.code).may_replace && op.output == op.input[0];
}

/// Whether the op reads its output as well as its inputs. @pre op.code < OpCode::Count
constexpr bool works_in_place(const OpRecord& op) {
  return rules_of(op.code).in_place || (op.flags & kOpAccumulate) != 0 || replaces_input(op);
}

/// What a layer's cache holds: the hyper-parameters, but for what its append_kv gives otherwise.
struct CacheShape {
  uint32_t kv_heads, head_dimension;
  uint32_t window;  ///< Positions that a row sees, its own included; 0 = all up to its own.
};
constexpr CacheShape cache_shape(const Manifest& manifest) {
  return {manifest.kv_heads, manifest.head_dimension, 0};
}
/// @param common  of the manifest  @pre append_kv.code == OpCode::AppendKv
constexpr CacheShape cache_shape(const CacheShape& common, const OpRecord& append_kv) {
  const uint32_t* const given = append_kv.argument;
  return {.kv_heads = given[0] != 0 ? given[0] : common.kv_heads,
          .head_dimension = given[1] != 0 ? given[1] : common.head_dimension,
          .window = given[2]};
}

// A blob says in Header::required_features which generations its operations are of, so that a
// runtime of before a generation refuses the blob as newer than itself, and not as malformed.
inline constexpr uint8_t kMaxOpGenerations = 16;

/// The bit of a generation. @pre 1 <= generation <= kMaxOpGenerations
constexpr uint32_t generation_feature(uint8_t generation) {
  return uint32_t{1} << (generation - 1);
}

/// Operations of the first generation got operands and arguments in the second: an op that uses
/// any of them is of the second. @pre op.code < OpCode::Count
constexpr uint8_t generation_of(const OpRecord& op) {
  const OpRules& rules = rules_of(op.code);
  bool is_extended = (op.flags & ~rules.first_flags) != 0 || replaces_input(op) ||
                     (rules.optional_input && op.input[rules.inputs - 1] == kNone);
  for (uint8_t i = 0; i < kOpArguments; ++i) {
    const bool is_first = i < rules.first_arguments;
    const bool is_new_kind = rules.arguments[i] == ArgumentKind::Activation &&
                             op.argument[i] != static_cast<uint32_t>(Activation::Silu);
    if (is_new_kind || (!is_first && op.argument[i] != 0)) is_extended = true;
  }
  return is_extended ? uint8_t{2} : rules.generation;
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
    if (op.code < OpCode::Count) features |= generation_feature(generation_of(op));
  return features;
}

}  // namespace nibble::format
