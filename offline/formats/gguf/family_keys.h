// The keys of a GGUF file's architecture: each is read, or known not to matter, or refused.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "offline/formats/gguf/families.h"

namespace nibble::offline {

class FamilyKeys {
 public:
  /// Both arguments outlive this.
  FamilyKeys(const GgufFile& file, const GgufFamily& family)
      : file_(file), family_(family), prefix_(std::string(family.name) + ".") {}

  /// The value behind the family's name; the key counts as understood. Throws InputError for a list
  /// that is longer than any model has layers, of which the file's values are not kept.
  JsonValue take(std::string_view key) {
    const std::string full = prefix_ + std::string(key);
    known_.insert(full);
    const JsonValue value = file_.metadata[full];
    if (!value.exists() && file_.arrays.contains(full))
      value.refuse("is a longer list than a model has layers");
    return value;
  }
  /// Throws InputError for a key of the family's that nobody took.
  void refuse_others() const {
    for (const std::string& key : file_.metadata.keys()) {
      if (!key.starts_with(prefix_) || known_.contains(key)) continue;
      file_.metadata[key].refuse("is a setting that is not known; it might change the model");
    }
  }

  const GgufFile& file() const { return file_; }
  const GgufFamily& family() const { return family_; }

 private:
  const GgufFile& file_;
  const GgufFamily& family_;
  std::string prefix_;
  std::set<std::string> known_;
};

}  // namespace nibble::offline
