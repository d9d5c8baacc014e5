// Each check notes its faults and lets the next one run.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/bundle_check.h"

#include <map>
#include <set>
#include <sstream>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/json_value.h"
#include "offline/files/mapped_file.h"
#include "offline/files/text.h"
#include "offline/measure/blob_names.h"
#include "offline/publish/card_links.h"
#include "offline/publish/front_matter.h"
#include "offline/publish/model_card.h"
#include "offline/publish/publication.h"
#include "offline/report/markdown.h"
#include "offline/results/cell_json.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxTextFileBytes = 16u << 20;

std::string sha256_of_file(const fs::path& path) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  return sha256_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

class BundleCheck {
 public:
  explicit BundleCheck(const fs::path& folder) : folder_(folder) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      files_.insert(entry.path().filename());
    }
  }

  std::vector<std::string> run() {
    for (const char* name :
         {kChecksumFile, "README.md", "config.json", "quantization.json", "validation.json"}) {
      if (!files_.contains(name)) note(std::string(name) + " is missing");
    }
    attempt([this] { check_sums(); });
    attempt([this] { check_card(); });
    attempt([this] { check_identity(); });
    return std::move(faults_);
  }

 private:
  void note(const std::string& fault) { faults_.push_back(without_controls(fault)); }

  template <class Check>
  void attempt(const Check& check) {
    try {
      check();
    } catch (const InputError& error) {
      note(error.what());
    }
  }

  std::string read(const char* name) const {
    return read_input_file(folder_ / name, kMaxTextFileBytes);
  }

  /// Whether each file has the line in SHA256SUMS that its bytes make, and no line is left.
  void check_sums() {
    std::set<std::string> lines;
    std::istringstream text(read(kChecksumFile));
    for (std::string line; std::getline(text, line);) {
      if (!lines.insert(line).second) note("SHA256SUMS has a line twice: " + line);
    }
    for (const std::string& name : files_) {
      if (name == kChecksumFile) continue;
      if (!fs::is_regular_file(folder_ / name)) {
        note(name + " is no regular file");
        continue;
      }
      attempt([&] {
        const bool is_listed =
            lines.erase(checksum_line(sha256_of_file(folder_ / name), name)) != 0;
        if (!is_listed) note(name + " is not what SHA256SUMS says of it, or is not listed");
      });
    }
    for (const std::string& line : lines) {
      note("SHA256SUMS has a line for no file: " + line);
    }
  }

  void check_card() {
    const std::string card = read("README.md");
    const FrontMatter matter = read_front_matter(card, "README.md");
    for (const std::string& fault : check_front_matter(matter)) note("README.md: " + fault);
    for (const std::string& target : link_targets(card)) {
      if (target.starts_with("https://")) continue;
      if (!files_.contains(target)) note("README.md: the link to '" + target + "' leads nowhere");
    }
  }

  void check_identity() {
    const JsonValue config = read_json_document(folder_ / "config.json");
    const std::string& name = config["model"].text();
    if (!files_.contains(name)) return note("config.json: there is no blob '" + name + "'");
    const BlobDetails blob = read_blob_details(folder_ / name);
    expect_identity("config.json", config["identity"].text(), blob);
    const JsonValue validation = read_json_document(folder_ / "validation.json");
    expect_identity("validation.json", validation["identity"].text(), blob);
    check_cells(validation["cells"], blob);
    expect_on_card(kIdentityTitle, blob.identity);
    expect_on_card(kBlobSumTitle, blob.sha256);
  }

  void expect_on_card(const char* title, const std::string& digest) {
    const std::string row = markdown_row({title, digest});
    if (("\n" + read("README.md")).find("\n" + row) != std::string::npos) return;
    note("README.md: the card has no line '" + row.substr(0, row.size() - 1) + "' of its blob");
  }

  void check_cells(const JsonValue& cells, const BlobDetails& blob) {
    bool has_own = false;
    for (size_t i = 0; i < cells.array_size(); ++i) {
      const ResultCell cell = read_cell(cells[i]);
      has_own = has_own || cell.blob.identity == blob.identity;
    }
    if (!has_own) note("validation.json: no cell was measured with this blob");
  }

  void expect_identity(const char* file, const std::string& identity, const BlobDetails& blob) {
    if (identity == blob.identity) return;
    note(std::string(file) + ": the identity " + identity + " is not the blob's, " + blob.identity);
  }

  fs::path folder_;
  std::set<std::string> files_;
  std::vector<std::string> faults_;
};

}  // namespace

std::vector<std::string> check_bundle(const fs::path& folder) {
  if (!fs::is_directory(folder)) throw InputError(folder.string(), "is no folder");
  return BundleCheck(folder).run();
}

}  // namespace nibble::offline
