// Edits are aimed at one table each, so that few bytes say what would take a fuzzer long to find.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/fuzz/edited_blob.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "runtime/format/header.h"
#include "runtime/format/sha256.h"
#include "runtime/format/tables.h"
#include "tests/support/tiny_llama.h"

namespace nibble::fuzz {
namespace {

using namespace format;

struct Part {
  uint64_t offset, bytes;
};
enum : size_t {
  kHeaderPart,
  kManifestPart,
  kSectionsPart,
  kChunksPart,
  kTensorsPart,
  kBuffersPart,
  kOpsPart,
  kSelfTestPart,
  kStringsPart,
  kTokenizerPart,
  kWeightsPart,
  kParts
};

/// A sound blob, and where its parts were when it was made.
struct Original {
  offline::BlobBytes blob;
  std::array<Part, kParts> parts;
};

std::array<Part, kParts> parts_of(const offline::BlobBytes& blob) {
  const auto& header = *reinterpret_cast<const Header*>(blob.data());
  const TableOffsets at =
      table_offsets(*reinterpret_cast<const Manifest*>(blob.data() + sizeof(Header)));
  const auto table = [](uint64_t begin, uint64_t end) {
    return Part{sizeof(Header) + begin, end - begin};
  };
  const auto* const chunks =
      reinterpret_cast<const ChunkRecord*>(blob.data() + sizeof(Header) + at.chunks);
  const uint64_t payload = payload_offset(header);
  const uint64_t weights = blob.size() - chunks[1].stored_bytes;
  return {Part{0, sizeof(Header)},
          table(0, sizeof(Manifest)),
          table(at.sections, at.chunks),
          table(at.chunks, at.tensors),
          table(at.tensors, at.buffers),
          table(at.buffers, at.ops),
          table(at.ops, at.self_test),
          table(at.self_test, at.strings),
          table(at.strings, at.end),
          Part{payload, weights - payload},
          Part{weights, chunks[1].stored_bytes}};
}

Original make(test::TinyModel model, Storage tokenizer) {
  model.contents.sections[0] = {tokenizer, model.tokenizer};
  const offline::BlobBytes blob = offline::build_blob(model.contents, {});
  return {blob, parts_of(blob)};
}

const Original& original(uint32_t choice) {
  static const std::array<Original, 4> originals = {
      make(test::tiny_model(Storage::Raw), Storage::Raw),
      make(test::tiny_model(Storage::Zstd), Storage::Zstd),
      make(test::tiny_llama(Storage::Raw), Storage::Raw),
      make(test::tiny_llama(Storage::Raw), Storage::Raw)};
  return originals[choice % originals.size()];
}

void edit(offline::BlobBytes& blob, const std::array<Part, kParts>& parts, Input& input) {
  const Part& part = parts[input.number(1) % kParts];
  constexpr size_t kWidths[] = {1, 2, 4};
  const size_t width = kWidths[input.number(1) % std::size(kWidths)];
  // Fields start on multiples of their width; the weights have more bytes than an offset can name.
  const uint64_t offset = uint64_t{input.number(2)} * width % part.bytes;
  const uint32_t value = input.number(4);
  std::memcpy(blob.data() + part.offset + offset, &value,
              std::min<uint64_t>(width, part.bytes - offset));
}

/// Records the new hash of a section's first chunk; both sections have one chunk.
void seal_chunk(offline::BlobBytes& blob, const Part& chunks, size_t index, const Part& stored) {
  auto& record = reinterpret_cast<ChunkRecord*>(blob.data() + chunks.offset)[index];
  const format::Sha256Digest digest = format::sha256({blob.data() + stored.offset, stored.bytes});
  std::memcpy(record.stored_sha256, digest.bytes, kSha256Bytes);
  if (record.codec == Codec::None)
    std::memcpy(record.uncompressed_sha256, digest.bytes, kSha256Bytes);
}

}  // namespace

offline::BlobBytes edited_blob(Input& input) {
  const auto& [sound, parts] = original(input.number(1));
  offline::BlobBytes blob(sound.begin(), sound.end());
  while (!input.empty()) edit(blob, parts, input);
  const auto& chunks =
      *reinterpret_cast<const ChunkRecord(*)[2]>(sound.data() + parts[kChunksPart].offset);
  seal_chunk(blob, parts[kChunksPart], 0, {parts[kTokenizerPart].offset, chunks[0].stored_bytes});
  seal_chunk(blob, parts[kChunksPart], 1, parts[kWeightsPart]);
  offline::reseal(blob);
  return blob;
}

}  // namespace nibble::fuzz
