// Loading, in the order that security asks for: header, manifest hash, tables, program, chunks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/model/loader.h"

#include "runtime/program/verifier.h"
#include "runtime/tokenizer/bind_tokenizer.h"

namespace nibble::model {
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

/// All that is known before the payload is read. Out of line, so that its stack frame is gone while
/// the decompressor runs.
[[gnu::noinline]] void describe(ModelState& state, const ManifestView& view) {
  state = ModelState{};
  state.manifest = &view.record();
  state.program = {.tensors = view.tensors(), .buffers = view.buffers(), .ops = view.ops()};
  state.shape = shape_of(view.record());
  state.strings = strings_of(view);
  state.self_test = self_test_of(view);
  __builtin_memcpy(state.identity, view.identity().data(), sizeof(state.identity));
}

/// With a frame of its own, which is not on the stack while chunks are unpacked.
[[gnu::noinline]] Status bind(Tokenizer& tokenizer, const ManifestView& view, Bytes tables) {
  tokenizer = NIBBLE_TRY(bind_tokenizer(view.record(), tables));
  return {};
}

}  // namespace

Result<const Model*> Loader::load() {
  NIBBLE_TRY(check_header());
  ModelMemory memory;
  const HeaderSizedParts first = carve_header_sized(arena_, plan_, header_.manifest_bytes, memory);
  if (!arena_.fits()) return arena_too_small();

  const Bytes manifest = NIBBLE_TRY(read_manifest(first.manifest));
  const ManifestView view = NIBBLE_TRY(ManifestView::open(header_, manifest));
  const program::Program program{
      .tensors = view.tensors(), .buffers = view.buffers(), .ops = view.ops()};
  NIBBLE_TRY(verify_program(view.record(), header_.required_features, program));

  const ManifestSizedParts rest =
      carve_manifest_sized(arena_, plan_, view.record().tensor_count, view.sections(), memory);
  const LoadScratch scratch =
      carve_scratch(scratch_, plan_, view.sections(), config_.workers, memory);
  if (!arena_.fits() || !scratch_.fits()) return arena_too_small();

  ModelState& state = *first.state;
  describe(state, view);
  const Bytes tables = NIBBLE_TRY(load_section(view, SectionKind::Tokenizer, rest, scratch));
  const Bytes weights = NIBBLE_TRY(load_section(view, SectionKind::Weights, rest, scratch));
  NIBBLE_TRY(format::tensor_offsets(view.tensors(), rest.tensor_offsets));
  state.weights = weights.data();
  state.tensor_offsets = rest.tensor_offsets;
  NIBBLE_TRY(bind(state.tokenizer, view, tables));
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

/// @param target  empty when the manifest is used in place
Result<Bytes> Loader::read_manifest(MutableBytes target) {
  const Bytes manifest = NIBBLE_TRY(blob_.at(sizeof(header_), header_.manifest_bytes, target));
  if (target.empty() || manifest.data() == target.data()) return manifest;
  __builtin_memcpy(target.data(), manifest.data(), manifest.size());
  return Bytes(target);
}

Result<Bytes> Loader::load_section(const ManifestView& view, SectionKind kind,
                                   const ManifestSizedParts& parts, const LoadScratch& scratch) {
  NIBBLE_TRY(check_padding(view.location(kind)));
  const MutableBytes target = parts.sections[static_cast<uint32_t>(kind)];
  const SectionChunks chunks(blob_, view, kind, target, scratch);
  return chunks.load(config_.parallel);
}

Status Loader::check_padding(const format::SectionLocation& location) {
  uint8_t buffer[format::kAlignBytes];
  const uint64_t begin = location.blob_offset - location.padding_bytes;
  const Bytes padding =
      NIBBLE_TRY(blob_.at(begin, location.padding_bytes, {buffer, sizeof(buffer)}));
  return format::check_padding(padding, begin);
}

/// States how many bytes are needed: of the arena if it is too small, else of the scratch.
Failure Loader::arena_too_small() const {
  const Result<LoadNeeds> needs = Model::needs(source_, residency_, config_.workers);
  if (!needs.ok()) return needs.failure();
  return {Error::ArenaTooSmall,
          arena_.fits() ? needs.value().scratch_bytes : needs.value().arena_bytes};
}

}  // namespace nibble::model
