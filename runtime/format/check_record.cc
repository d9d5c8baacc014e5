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

  const bool needs_unknown = (manifest.tokenizer_flags & kByteFallback) == 0;
  if (!is_token_or_none(manifest.unknown_token, manifest) ||
      (needs_unknown && manifest.unknown_token == kNoToken))
    return bad(offsetof(Manifest, unknown_token));
  return {};
}

Status check_tokenizer(const Manifest& manifest) {
  if (manifest.tokenizer_kind > static_cast<uint32_t>(TokenizerKind::SentencePieceBpe))
    return bad(offsetof(Manifest, tokenizer_kind));
  if ((manifest.tokenizer_flags & ~kKnownTokenizerFlags) != 0)
    return bad(offsetof(Manifest, tokenizer_flags));
  if (manifest.piece_pool_bytes > uint64_t{manifest.vocabulary} * kMaxPieceBytes)
    return bad(offsetof(Manifest, piece_pool_bytes));
  const uint32_t slots = manifest.hash_slots;
  if (slots == 0 || slots > kMaxHashSlots || (slots & (slots - 1)) != 0)
    return bad(offsetof(Manifest, hash_slots));
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
