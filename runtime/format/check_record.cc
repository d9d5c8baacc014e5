// Checks of the manifest's first record: counts, hyper-parameters, tokenizer fields.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/check.h"

namespace nibble::format {
namespace {

constexpr uint64_t blob_offset(size_t offset_in_manifest) {
  return sizeof(Header) + offset_in_manifest;
}

/// A field of the record and the range it must be in.
struct Range {
  size_t offset;
  uint32_t least;
  uint32_t most;
};

Status check_ranges(const Manifest& manifest, Span<const Range> ranges, Error error) {
  const auto* const record = reinterpret_cast<const uint8_t*>(&manifest);
  for (const Range& range : ranges) {
    uint32_t value = 0;
    __builtin_memcpy(&value, record + range.offset, sizeof(value));
    if (value < range.least || value > range.most) return Failure{error, blob_offset(range.offset)};
  }
  return {};
}

Failure bad(size_t offset_in_manifest) {
  return {Error::BadHyperparameter, blob_offset(offset_in_manifest)};
}

constexpr auto kByteLevel = static_cast<uint32_t>(TokenizerKind::ByteLevelBpe);

bool is_token_or_none(uint32_t token, const Manifest& manifest) {
  return token == kNoToken || token < manifest.vocabulary;
}

Status check_special_tokens(const Manifest& manifest) {
  const bool needs_bos = (manifest.tokenizer_flags & kAddBos) != 0;
  if (!is_token_or_none(manifest.bos_token, manifest) ||
      (needs_bos && manifest.bos_token == kNoToken))
    return bad(offsetof(Manifest, bos_token));

  bool ended = false;
  for (size_t i = 0; i < sizeof(manifest.eos_tokens) / sizeof(manifest.eos_tokens[0]); ++i) {
    const uint32_t token = manifest.eos_tokens[i];
    if (!is_token_or_none(token, manifest) || (ended && token != kNoToken))
      return bad(offsetof(Manifest, eos_tokens) + i * sizeof(token));
    ended = token == kNoToken;
  }

  const bool needs_eos = (manifest.tokenizer_flags & kAddEos) != 0;
  if (needs_eos && manifest.eos_tokens[0] == kNoToken) return bad(offsetof(Manifest, eos_tokens));

  // Bytes without a piece are dropped where there is nothing to write for them.
  const bool needs_unknown =
      (manifest.tokenizer_flags & kByteFallback) == 0 && manifest.tokenizer_kind != kByteLevel;
  if (!is_token_or_none(manifest.unknown_token, manifest) ||
      (needs_unknown && manifest.unknown_token == kNoToken))
    return bad(offsetof(Manifest, unknown_token));
  return {};
}

Status check_split_steps(const Manifest& manifest) {
  bool ended = false;
  for (size_t i = 0; i < kMaxSplitSteps; ++i) {
    const uint8_t step = manifest.split_steps[i];
    if (step >= static_cast<uint8_t>(SplitStep::Count) || (ended && step != 0))
      return bad(offsetof(Manifest, split_steps) + i);
    ended = step == 0;
  }
  return {};
}

/// One table of normalization serves one of the two, and is there for it alone.
bool are_flags_good(const Manifest& manifest) {
  constexpr uint32_t kBoth = kNormalizeNfc | kLowerCase;
  const uint32_t normalizes = manifest.tokenizer_flags & kBoth;
  return (manifest.tokenizer_flags & ~kKnownTokenizerFlags) == 0 && normalizes != kBoth &&
         (normalizes != 0) == (manifest.normalization_bytes != 0);
}

Status check_tokenizer_tables(const Manifest& manifest) {
  constexpr Range kRanges[] = {
      {offsetof(Manifest, added_tokens), 0, kMaxAddedTokens},
      {offsetof(Manifest, class_runs), 0, kMaxClassRuns},
      {offsetof(Manifest, normalization_bytes), 0, kMaxNormalizationBytes},
      {offsetof(Manifest, chat_bytes), 0, kMaxChatBytes},
      {offsetof(Manifest, chat_flags), 0, kKnownChatFlags},
  };
  NIBBLE_TRY(check_ranges(manifest, kRanges, Error::BadHyperparameter));
  if (manifest.normalization_bytes % 4 != 0) return bad(offsetof(Manifest, normalization_bytes));
  return check_split_steps(manifest);
}

Status check_tokenizer(const Manifest& manifest) {
  if (manifest.tokenizer_kind >= static_cast<uint32_t>(TokenizerKind::Count))
    return bad(offsetof(Manifest, tokenizer_kind));
  if (!are_flags_good(manifest)) return bad(offsetof(Manifest, tokenizer_flags));
  if (manifest.piece_pool_bytes > uint64_t{manifest.vocabulary} * kMaxPieceBytes)
    return bad(offsetof(Manifest, piece_pool_bytes));
  const uint32_t slots = manifest.hash_slots;
  if (slots == 0 || slots > kMaxHashSlots || (slots & (slots - 1)) != 0)
    return bad(offsetof(Manifest, hash_slots));
  NIBBLE_TRY(check_tokenizer_tables(manifest));
  return check_special_tokens(manifest);
}

}  // namespace

Status check_counts(const Manifest& manifest) {
  constexpr Range kRanges[] = {
      {offsetof(Manifest, section_count), kSectionCount, kSectionCount},
      {offsetof(Manifest, chunk_count), kSectionCount, kMaxChunks},
      {offsetof(Manifest, tensor_count), 1, kMaxTensors},
      {offsetof(Manifest, buffer_count), 1, kMaxBuffers},
      {offsetof(Manifest, op_count), 1, kMaxOps},
      {offsetof(Manifest, self_test_prompt_count), 1, kMaxSelfTestTokens},
      {offsetof(Manifest, self_test_generated_count), 1, kMaxSelfTestTokens},
      {offsetof(Manifest, string_bytes), kStringCount, kMaxStringBytes},
  };
  return check_ranges(manifest, kRanges, Error::BadCount);
}

Status check_hyperparameters(const Manifest& manifest) {
  for (size_t i = 0; i < sizeof(manifest.reserved); ++i)
    if (manifest.reserved[i] != 0)
      return Failure{Error::ReservedNotZero, blob_offset(offsetof(Manifest, reserved) + i)};

  constexpr Range kRanges[] = {
      {offsetof(Manifest, vocabulary), 1, kMaxVocabulary},
      {offsetof(Manifest, context_tokens), 1, kMaxContextTokens},
      {offsetof(Manifest, width), 1, kMaxColumns},
      {offsetof(Manifest, layers), 1, kMaxLayers},
      {offsetof(Manifest, heads), 1, kMaxHeads},
      {offsetof(Manifest, kv_heads), 1, kMaxHeads},
      {offsetof(Manifest, head_dimension), 8, kMaxHeadDimension},
      {offsetof(Manifest, ffn_width), 1, kMaxColumns},
      {offsetof(Manifest, kv_type), 0, static_cast<uint32_t>(KvType::Count) - 1},
  };
  NIBBLE_TRY(check_ranges(manifest, kRanges, Error::BadHyperparameter));
  if (manifest.heads % manifest.kv_heads != 0) return bad(offsetof(Manifest, kv_heads));
  if (manifest.head_dimension % 8 != 0) return bad(offsetof(Manifest, head_dimension));
  if (manifest.default_context_tokens == 0 ||
      manifest.default_context_tokens > manifest.context_tokens)
    return bad(offsetof(Manifest, default_context_tokens));
  return check_tokenizer(manifest);
}

}  // namespace nibble::format
