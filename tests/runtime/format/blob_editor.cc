// A loader without a model: reads all of a blob, keeps nothing.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/runtime/format/blob_editor.h"

#include "runtime/format/unpack.h"

namespace nibble::test {
namespace {

using namespace format;

Status verify_section(const ManifestView& view, SectionKind kind, Bytes blob) {
  const SectionLocation location = view.location(kind);
  const uint64_t padding = location.blob_offset - location.padding_bytes;
  NIBBLE_TRY(check_padding(blob.slice(padding, location.padding_bytes), padding));

  alignas(64) static uint8_t workspace[kZstdWorkspaceBytes];
  ChunkCursor cursor(view, kind);
  for (Chunk chunk; cursor.next(chunk);) {
    std::vector<uint8_t> out(chunk.uncompressed_bytes);
    const Bytes stored = blob.slice(chunk.blob_offset, chunk.record->stored_bytes);
    NIBBLE_TRY(unpack_chunk(chunk, stored, {out.data(), out.size()}, workspace));
  }
  return {};
}

Status verify(Bytes blob) {
  const Header& header = *NIBBLE_TRY(check_header(blob, blob.size()));
  const Bytes manifest = blob.slice(sizeof(Header), header.manifest_bytes);
  const ManifestView view = NIBBLE_TRY(ManifestView::open(header, manifest));
  NIBBLE_TRY(check_prefix(blob, blob.size()));
  NIBBLE_TRY(verify_section(view, SectionKind::Tokenizer, blob));
  return verify_section(view, SectionKind::Weights, blob);
}

}  // namespace

Status unpack_chunk(const Chunk& chunk, Bytes stored, MutableBytes out, MutableBytes workspace) {
  Unpacker unpacker(workspace);
  NIBBLE_TRY(unpacker.add(chunk, stored, out));
  return unpacker.finish();
}

Failure verify_whole(Bytes blob) {
  return verify(blob).failure();
}

testing::AssertionResult is_failure(const Failure& failure, Error error, uint64_t where) {
  if (failure.error == error && failure.where == where) return testing::AssertionSuccess();
  return testing::AssertionFailure() << error_name(failure.error) << " at " << failure.where
                                     << " instead of " << error_name(error) << " at " << where;
}

}  // namespace nibble::test
