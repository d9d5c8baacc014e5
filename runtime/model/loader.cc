// Loading, in the order that security asks for: header, manifest hash, tables, program, chunks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/model/loader.h"

#include "runtime/program/verifier.h"
#include "runtime/tokenizer/bind_tokenizer.h"

namespace nibble::program {
namespace {

using format::Manifest;
using format::ManifestView;
using format::SectionKind;
using format::StringIndex;

ModelShape shape_of(const Manifest& manifest) {
  return {.vocabulary = manifest.vocabulary,
          .context_tokens = manifest.context_tokens,
          .default_context_tokens = manifest.default_context_tokens,
          .width = manifest.width,
          .layers = manifest.layers,
          .heads = manifest.heads,
          .kv_heads = manifest.kv_heads,
          .head_dimension = manifest.head_dimension,
          .ffn_width = manifest.ffn_width};
}

ModelStrings strings_of(const ManifestView& view) {
  return {.name = view.string(StringIndex::Name),
          .architecture = view.string(StringIndex::Architecture),
          .license = view.string(StringIndex::License),
          .source = view.string(StringIndex::Source),
          .source_sha256 = view.string(StringIndex::SourceSha256),
          .quantization = view.string(StringIndex::Quantization),
          .tool = view.string(StringIndex::Tool)};
}

SelfTest self_test_of(const ManifestView& view) {
  return {.prompt = view.self_test_prompt(),
          .generated = view.self_test_generated(),
          .logits_sha256 = view.record().self_test_logits_sha256};
}

/// All that is known before the payload is. Out of line: its frame is not below the decompressor's.
[[gnu::noinline]] void describe(ModelState& state, const ManifestView& view) {
  state = ModelState{};
  state.manifest = &view.record();
  state.program = {.tensors = view.tensors(), .buffers = view.buffers(), .ops = view.ops()};
  state.shape = shape_of(view.record());
  state.strings = strings_of(view);
  state.self_test = self_test_of(view);
  __builtin_memcpy(state.identity, view.identity().data(), sizeof(state.identity));
}

}  // namespace

Result<const Model*> Loader::load() {
  NIBBLE_TRY(check_header());
  ModelMemory bill;
  const ModelFront front = carve_front(arena_, placement_, header_.manifest_bytes, bill);
  if (!arena_.fits()) return arena_too_small();

  const Bytes manifest = NIBBLE_TRY(place_manifest(front));
  const ManifestView view = NIBBLE_TRY(ManifestView::open(header_, manifest));
  const Program program{.tensors = view.tensors(), .buffers = view.buffers(), .ops = view.ops()};
  NIBBLE_TRY(verify_program(view.record(), header_.required_features, program));

  const ModelBack back =
      carve_back(arena_, placement_, view.record().tensor_count, view.sections(), bill);
  const LoadScratch scratch =
      carve_scratch(scratch_, placement_, view.sections(), config_.workers, bill);
  if (!arena_.fits() || !scratch_.fits()) return arena_too_small();

  ModelState& state = *front.state;
  describe(state, view);
  const Bytes tables =
      NIBBLE_TRY(load_section(view, SectionKind::Tokenizer, back.sections[0], scratch));
  const Bytes weights =
      NIBBLE_TRY(load_section(view, SectionKind::Weights, back.sections[1], scratch));
  NIBBLE_TRY(format::tensor_offsets(view.tensors(), back.tensor_offsets));
  state.weights = weights.data();
  state.tensor_offsets = back.tensor_offsets;
  state.tokenizer = NIBBLE_TRY(bind_tokenizer(view.record(), tables));
  return static_cast<const Model*>(&state);
}

Status Loader::check_header() {
  if (blob_.in_memory() && !is_arena_aligned(source_.memory)) return Error::ArenaMisaligned;
  if (blob_.size() < sizeof(header_)) return Failure{Error::Truncated, sizeof(header_)};
  auto* const own = reinterpret_cast<uint8_t*>(&header_);
  const Bytes first = NIBBLE_TRY(blob_.at(0, sizeof(header_), {own, sizeof(header_)}));
  if (first.data() != own) __builtin_memcpy(own, first.data(), sizeof(header_));
  NIBBLE_TRY(format::check_header({own, sizeof(header_)}, blob_.size()));
  return {};
}

Result<Bytes> Loader::place_manifest(const ModelFront& front) {
  const Bytes manifest =
      NIBBLE_TRY(blob_.at(sizeof(header_), header_.manifest_bytes, front.manifest));
  if (placement_.keeps_memory || !blob_.in_memory()) return manifest;
  __builtin_memcpy(front.manifest.data(), manifest.data(), manifest.size());
  return Bytes(front.manifest);
}

/// @returns the section, verified: in its place in the blob, or in `target`
Result<Bytes> Loader::load_section(const ManifestView& view, SectionKind kind, MutableBytes target,
                                   const LoadScratch& scratch) {
  const format::SectionPlace place = view.place(kind);
  NIBBLE_TRY(check_padding(place));
  const SectionChunks chunks(blob_, view, kind, target, scratch);
  NIBBLE_TRY(chunks.load(config_.parallel));
  if (!placement_.in_place(view.section(kind))) return Bytes(target);
  return Bytes(source_.memory + place.blob_offset, view.section(kind).raw_bytes);
}

Status Loader::check_padding(const format::SectionPlace& place) {
  uint8_t buffer[format::kAlignBytes];
  const uint64_t begin = place.blob_offset - place.padding_bytes;
  const Bytes padding = NIBBLE_TRY(blob_.at(begin, place.padding_bytes, {buffer, sizeof(buffer)}));
  return format::check_padding(padding, begin);
}

/// Says how much memory would have done: of the arena, or else of the scratch.
Failure Loader::arena_too_small() const {
  const Result<LoadNeeds> needs = Model::needs(source_, residency_, config_.workers);
  if (!needs.ok()) return needs.failure();
  return {Error::ArenaTooSmall,
          arena_.fits() ? needs.value().scratch_bytes : needs.value().arena_bytes};
}

}  // namespace nibble::program
