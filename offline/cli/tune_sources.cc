// Tells models from blobs, and packs one variant after the other.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/tune_sources.h"

#include <algorithm>

#include "offline/cli/standard_error.h"
#include "offline/files/input_error.h"
#include "offline/files/mapped_file.h"
#include "offline/files/text.h"
#include "offline/formats/registry.h"
#include "offline/host/loaded_model.h"
#include "offline/measure/blob_names.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

/// "kdoc-6m" of "models/kdoc-6m/" and of "models/kdoc-6m.gguf".
std::string name_of_model(const fs::path& source) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(source, error);
  return fs::is_directory(whole, error) ? whole.filename().string() : whole.stem().string();
}

/// The variant in the name of a blob that an earlier run made; else the file's name.
std::string variant_of_blob(const fs::path& path) {
  const std::string stem = path.stem().string();
  const std::string name = stem.substr(0, stem.rfind('.'));
  const PackVariant* longest = nullptr;
  for (const PackVariant& variant : pack_variants()) {
    const bool is_longer = longest == nullptr || variant.name.size() > longest->name.size();
    if (is_longer && name.ends_with("-" + variant.name)) longest = &variant;
  }
  return valid_utf8(longest == nullptr ? stem : longest->name);
}

TuneBlob variant_of_source(const fs::path& source, const PackVariant& variant,
                           const fs::path& folder) {
  TuneBlob blob{.variant = variant.name, .path = folder, .source = source, .pack = &variant};
  const auto newest = newest_blob(folder, name_of_model(source), variant.name);
  blob.is_packed = newest.has_value();
  if (newest) blob.path = *newest;
  return blob;
}

/// The digest of the weights that a blob was packed of.
std::string source_digest(const fs::path& path) {
  const MappedFile file(path);
  const BlobSource blob = blob_of(file, path.string());
  const auto manifest = open_manifest({blob.memory, blob.bytes}, path.string());
  return string_of(manifest.string(format::StringIndex::SourceSha256));
}

bool is_of_source(const TuneBlob& blob, const SourceModel& model) {
  try {
    return source_digest(blob.path) == model.provenance.source_sha256;
  } catch (const InputError& error) {
    tell(std::string(error.what()) + "; the variant is packed anew");
    return false;
  }
}

class Packer {
 public:
  explicit Packer(const std::function<void(const std::string&, double)>& progress)
      : progress_(progress) {}

  void pack_if_missing(TuneBlob& blob) {
    const SourceModel& model = model_of(blob.source);
    if (blob.is_packed && is_of_source(blob, model)) return;
    const fs::path folder = blob.is_packed ? blob.path.parent_path() : blob.path;
    PackOptions options = blob.pack->pack_options();
    options.progress = [&](const std::string& stage, double done) {
      progress_(stage + ", " + blob.variant, done);
    };
    const fs::path path = free_blob_path(folder, name_of_model(blob.source), blob.variant,
                                         std::chrono::system_clock::now());
    pack_model(model, options, path);
    add_checksum(path);
    blob.path = path;
    blob.is_packed = true;
  }

 private:
  const SourceModel& model_of(const fs::path& source) {
    if (!model_ || source != source_) model_.emplace(read_model(source));
    source_ = source;
    return *model_;
  }

  const std::function<void(const std::string&, double)>& progress_;
  fs::path source_;
  std::optional<SourceModel> model_;
};

}  // namespace

std::vector<TuneBlob> find_blobs(const std::vector<std::string>& sources,
                                 const std::vector<std::string>& variants,
                                 const fs::path& blob_folder) {
  std::vector<TuneBlob> blobs;
  for (const std::string& source : sources) {
    std::error_code error;
    if (!fs::exists(source, error)) {
      tell(source + ": skipped: there is no such file or folder");
    } else if (!fs::is_directory(source, error) && is_blob(source)) {
      std::string variant = variant_of_blob(source);
      if (std::ranges::find(blobs, variant, &TuneBlob::variant) != blobs.end())
        variant = valid_utf8(fs::path(source).stem().string());
      blobs.push_back({.variant = variant, .path = source, .source = {}});
    } else {
      for (const std::string& variant : variants)
        blobs.push_back(variant_of_source(source, find_variant(variant), blob_folder));
    }
  }
  return blobs;
}

bool pack_blobs(std::vector<TuneBlob>& blobs,
                const std::function<void(const std::string&, double)>& progress) {
  Packer packer(progress);
  const size_t wanted = blobs.size();
  std::erase_if(blobs, [&](TuneBlob& blob) {
    if (blob.pack == nullptr) return false;
    try {
      packer.pack_if_missing(blob);
      return false;
    } catch (const std::exception& error) {
      tell("variant " + blob.variant + " of " + blob.source.string() +
           " was not packed and is left out: " + error.what());
      return true;
    }
  });
  return blobs.size() == wanted;
}

}  // namespace nibble::offline
