// The block of YAML that a model card starts with, and what hubs demand of it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

namespace nibble::offline {

/// What a card says to programs. Lists may be empty, texts too; check_front_matter() judges that.
struct FrontMatter {
  std::string license;                  ///< an identifier: "apache-2.0"
  std::vector<std::string> base_model;  ///< of the hub: "owner/name"
  std::vector<std::string> tags;
  std::vector<std::string> language;  ///< ISO 639-1: "en"
  std::string pipeline_tag = "text-generation";
};

/// With the "---" lines around it. Every text is quoted, so that none is anything else.
std::string front_matter_text(const FrontMatter& matter);

/// Reads the block that a card starts with: keys with a text or with a list of texts, plain or in
/// double quotes. Throws InputError with the line for all else, keys that come twice included.
FrontMatter read_front_matter(const std::string& card, const std::string& where);

/// The identifier that hubs have for a license by its SPDX name: "gpl-2.0" for GPL-2.0-only;
/// "other" for what they do not know.
std::string hub_license(const std::string& spdx);

/// What hubs would not take, a sentence for each.
std::vector<std::string> check_front_matter(const FrontMatter& matter);

}  // namespace nibble::offline
