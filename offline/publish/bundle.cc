// Writes files into a folder that appears when all are there.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/bundle.h"

#include "offline/files/input_error.h"
#include "offline/files/json_file.h"
#include "offline/files/mapped_file.h"
#include "offline/files/output_file.h"
#include "offline/files/text.h"
#include "offline/measure/blob_names.h"
#include "offline/publish/figures.h"
#include "offline/publish/model_card.h"
#include "offline/publish/report_document.h"
#include "offline/results/cell_json.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kSchemaVersion = 1;

Json schema(const char* name) {
  return {{"schema", name}, {"schema_version", kSchemaVersion}};
}

Json config_json(const BlobDetails& blob) {
  Json json = schema("nibble bundle configuration");
  json["model"] = blob.path.filename().string();
  json["identity"] = blob.identity;
  json["architecture"] = blob.facts.at("provenance").at("architecture");
  json["shape"] = blob.facts.at("shape");
  return json;
}

Json quantization_json(const BlobDetails& blob) {
  Json json = schema("nibble bundle quantization");
  json["method"] = blob.facts.at("provenance").at("quantization");
  json["bits_per_weight"] = blob.facts.at("bits_per_weight");
  json["tensors"] = Json::array();
  for (const Json& tensor : blob.facts.at("tensors")) {
    json["tensors"].push_back({{"name", tensor.at("name")},
                               {"type", tensor.at("type")},
                               {"group", tensor.at("group")},
                               {"bits_per_weight", tensor.at("bits_per_weight")}});
  }
  return json;
}

/// The variant's cells, and those of the reference that ratios are of.
Json validation_json(const Publication& publication) {
  Json json = schema("nibble bundle validation");
  json["identity"] = publication.blob->identity;
  json["cells"] = Json::array();
  for (const ResultCell& cell : publication.group.cells) {
    const bool is_told = cell.variant == publication.variant || cell.variant == kReferenceVariant;
    if (is_told) json["cells"].push_back(cell_json(cell));
  }
  return json;
}

/// A folder on its way, and the checksums of what is in it.
class Bundle {
 public:
  explicit Bundle(const std::filesystem::path& folder) : folder_(folder) {}

  void add(const std::string& name, std::string_view content) {
    write_output_file(folder_ / name, content);
    sums_ += checksum_line(sha256_hex(content), name) + "\n";
  }
  void add_plots(const CellGroup& group) {
    for (const Picture& plot : plots_of(group, "")) add(plot.file, plot.svg);
  }
  void commit(bool has_sums) {
    if (has_sums) write_output_file(folder_ / kChecksumFile, sums_);
    folder_.commit();
  }

 private:
  OutputFolder folder_;
  std::string sums_;
};

}  // namespace

void write_bundle(const Publication& publication, const std::filesystem::path& folder) {
  const BlobDetails& blob = *publication.blob;
  Bundle bundle(folder);
  const MappedFile file(blob.path);
  const auto bytes = file.bytes();
  bundle.add(blob.path.filename(), {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  bundle.add("README.md", card_text(publication));
  bundle.add("config.json", json_text(config_json(blob)));
  bundle.add("quantization.json", json_text(quantization_json(blob)));
  bundle.add("validation.json", json_text(validation_json(publication)));
  bundle.add_plots(publication.group);
  bundle.commit(true);
}

void write_cards(const std::vector<Publication>& cards, const std::filesystem::path& folder) {
  Bundle bundle(folder);
  std::vector<std::string> names;
  for (const Publication& card : cards) {
    names.push_back(card.file_name() + ".md");
    bundle.add(names.back(), card_text(card));
  }
  bundle.add("README.md", markdown_of(index_page(cards.front().group, names)));
  bundle.add_plots(cards.front().group);
  bundle.commit(false);
}

}  // namespace nibble::offline
