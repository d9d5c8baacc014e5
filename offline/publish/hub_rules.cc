// What hubs accept, as of 2026: identifiers of licenses, languages and tasks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <iterator>
#include <string_view>

#include "offline/publish/front_matter.h"

namespace nibble::offline {
namespace {

/// From the hub's documentation of repository licenses.
constexpr std::string_view kLicenses[] = {"apache-2.0",
                                          "mit",
                                          "openrail",
                                          "bigscience-openrail-m",
                                          "creativeml-openrail-m",
                                          "bigscience-bloom-rail-1.0",
                                          "bigcode-openrail-m",
                                          "afl-3.0",
                                          "artistic-2.0",
                                          "bsl-1.0",
                                          "bsd",
                                          "bsd-2-clause",
                                          "bsd-3-clause",
                                          "bsd-3-clause-clear",
                                          "c-uda",
                                          "cc",
                                          "cc0-1.0",
                                          "cc-by-2.0",
                                          "cc-by-2.5",
                                          "cc-by-3.0",
                                          "cc-by-4.0",
                                          "cc-by-sa-3.0",
                                          "cc-by-sa-4.0",
                                          "cc-by-nc-2.0",
                                          "cc-by-nc-3.0",
                                          "cc-by-nc-4.0",
                                          "cc-by-nd-4.0",
                                          "cc-by-nc-nd-3.0",
                                          "cc-by-nc-nd-4.0",
                                          "cc-by-nc-sa-2.0",
                                          "cc-by-nc-sa-3.0",
                                          "cc-by-nc-sa-4.0",
                                          "cdla-sharing-1.0",
                                          "cdla-permissive-1.0",
                                          "cdla-permissive-2.0",
                                          "wtfpl",
                                          "ecl-2.0",
                                          "epl-1.0",
                                          "epl-2.0",
                                          "etalab-2.0",
                                          "eupl-1.1",
                                          "eupl-1.2",
                                          "agpl-3.0",
                                          "gfdl",
                                          "gpl",
                                          "gpl-2.0",
                                          "gpl-3.0",
                                          "lgpl",
                                          "lgpl-2.1",
                                          "lgpl-3.0",
                                          "isc",
                                          "h-research",
                                          "intel-research",
                                          "lppl-1.3c",
                                          "ms-pl",
                                          "apple-ascl",
                                          "apple-amlr",
                                          "mpl-2.0",
                                          "odc-by",
                                          "odbl",
                                          "openrail++",
                                          "osl-3.0",
                                          "postgresql",
                                          "ofl-1.1",
                                          "ncsa",
                                          "unlicense",
                                          "zlib",
                                          "pddl",
                                          "lgpl-lr",
                                          "deepfloyd-if-license",
                                          "fair-noncommercial-research-license",
                                          "llama2",
                                          "llama3",
                                          "llama3.1",
                                          "llama3.2",
                                          "llama3.3",
                                          "llama4",
                                          "grok2-community",
                                          "gemma",
                                          "unknown",
                                          "other"};

constexpr std::string_view kTasks[] = {
    "text-generation",    "text2text-generation", "text-classification", "fill-mask",
    "question-answering", "summarization",        "translation",         "feature-extraction"};

template <class List>
bool has(const List& list, std::string_view value) {
  return std::ranges::find(list, value) != std::end(list);
}

bool is_word_byte(char byte) {
  const bool is_letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
  return is_letter || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_' || byte == '.';
}

/// "owner/name"
bool is_repository(const std::string& name) {
  const size_t slash = name.find('/');
  const bool has_parts = slash != std::string::npos && slash > 0 && slash + 1 < name.size() &&
                         name.find('/', slash + 1) == std::string::npos;
  return has_parts && std::ranges::all_of(name, [](char b) { return b == '/' || is_word_byte(b); });
}

bool is_language(const std::string& code) {
  const bool is_short = code.size() == 2 || code.size() == 3;
  return is_short && std::ranges::all_of(code, [](char b) { return b >= 'a' && b <= 'z'; });
}

}  // namespace

std::string hub_license(const std::string& spdx) {
  std::string license;
  for (const char byte : spdx) {
    license += byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  }
  for (const std::string_view ending : {"-only", "-or-later"}) {
    if (license.ends_with(ending)) license.resize(license.size() - ending.size());
  }
  return has(kLicenses, license) ? license : "other";
}

std::vector<std::string> check_front_matter(const FrontMatter& matter) {
  std::vector<std::string> faults;
  if (!has(kLicenses, matter.license)) {
    faults.push_back("license '" + matter.license +
                     "' is no identifier that hubs know; use "
                     "'other' for a license of another name");
  }
  for (const std::string& model : matter.base_model) {
    if (!is_repository(model)) faults.push_back("base_model '" + model + "' is no 'owner/name'");
  }
  for (const std::string& code : matter.language) {
    if (!is_language(code)) faults.push_back("language '" + code + "' is no ISO 639 code");
  }
  for (const std::string& tag : matter.tags) {
    if (tag.empty() || tag.size() > 100) faults.push_back("a tag has no bytes, or more than 100");
  }
  if (matter.tags.empty()) faults.emplace_back("there are no tags");
  if (!has(kTasks, matter.pipeline_tag)) {
    faults.push_back("pipeline_tag '" + matter.pipeline_tag + "' is no task of a text model");
  }
  return faults;
}

}  // namespace nibble::offline
