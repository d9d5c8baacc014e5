// Opens blobs and compares them with results.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/publication.h"

#include <algorithm>

#include "offline/files/input_error.h"
#include "offline/files/text.h"
#include "offline/host/loaded_model.h"
#include "offline/publish/figures.h"
#include "offline/report/blob_summary.h"
#include "offline/report/blob_text.h"

namespace nibble::offline {

BlobDetails read_blob_details(const std::filesystem::path& path) {
  const LoadedModel model(path, {}, BlobAccess::Mapped);
  const Bytes bytes = model.verified_bytes();
  const format::ManifestView manifest = open_manifest(bytes, path.string());
  return {path, sha256_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()}),
          hex(manifest.identity()), blob_json(manifest)};
}

BlobDetails find_blob(const std::filesystem::path& folder, const ResultCell& cell) {
  const std::filesystem::path name(cell.blob.name);
  if (name != name.filename() || name.empty()) {
    throw InputError(folder.string(), "'" + cell.blob.name + "' of the results is no file's name");
  }
  BlobDetails blob = read_blob_details(folder / name);
  if (blob.identity != cell.blob.identity) {
    throw InputError(blob.path.string(), "has the identity " + blob.identity +
                                             ", but the results are of " + cell.blob.identity +
                                             "; measure this blob, or give the other one");
  }
  return blob;
}

std::string Publication::file_name() const {
  std::string name = valid_utf8(group.cells.front().model + "-" + variant);
  std::ranges::replace_if(
      name, [](char byte) { return byte == '/' || (byte >= 0 && byte < 0x20); }, '_');
  constexpr size_t kMostBytes = 150;
  return valid_utf8(name.substr(0, kMostBytes));
}

}  // namespace nibble::offline
