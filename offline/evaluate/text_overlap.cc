// Hashes every run of words of both texts and counts the hashes that both have.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/text_overlap.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"

namespace nibble::offline {
namespace {

constexpr uint64_t kPrime = 0x100000001B3;  // of FNV-1a

uint64_t hash_word(std::string_view word) {
  uint64_t hash = 0xCBF29CE484222325;  // FNV-1a's offset basis
  for (const char byte : word) hash = (hash ^ static_cast<uint8_t>(byte)) * kPrime;
  return hash;
}

bool is_space(char byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

std::vector<uint64_t> word_hashes(std::string_view text) {
  std::vector<uint64_t> hashes;
  const char* at = text.data();
  const char* const end = at + text.size();
  while ((at = std::find_if_not(at, end, is_space)) != end) {
    const char* const word_end = std::find_if(at, end, is_space);
    hashes.push_back(hash_word({at, static_cast<size_t>(word_end - at)}));
    at = word_end;
  }
  return hashes;
}

/// The hashes of all runs, ascending, each once. A run's hash is a polynomial in its words' hashes.
std::vector<uint64_t> run_hashes(std::string_view text) {
  std::vector<uint64_t> words = word_hashes(text);
  const size_t length = std::min(kOverlapWords, words.size());
  const size_t runs = words.empty() ? 0 : words.size() - length + 1;
  for (size_t begin = 0; begin < runs; ++begin) {
    uint64_t hash = 0;
    for (size_t i = 0; i < length; ++i) hash = hash * kPrime + words[begin + i];
    words[begin] = hash;
  }
  words.resize(runs);
  std::ranges::sort(words);
  words.erase(std::ranges::unique(words).begin(), words.end());
  return words;
}

size_t count_common(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  size_t common = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    common += a[i] == b[j] ? 1 : 0;
    const bool is_less = a[i] < b[j];
    const bool is_greater = b[j] < a[i];
    i += is_greater ? 0 : 1;
    j += is_less ? 0 : 1;
  }
  return common;
}

double share_of(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  const size_t fewer = std::min(a.size(), b.size());
  return fewer == 0 ? 0 : static_cast<double>(count_common(a, b)) / static_cast<double>(fewer);
}

[[noreturn]] void refuse(const std::filesystem::path& validation, const std::string& how,
                         const std::filesystem::path& calibration) {
  throw InputError("--validation " + validation.string(),
                   how + " the calibration text " + calibration.string() +
                       ", so it cannot judge what was fitted to that; give another text");
}

}  // namespace

double shared_runs(std::string_view text, std::string_view other) {
  return share_of(run_hashes(text), run_hashes(other));
}

void require_disjoint(const std::vector<std::filesystem::path>& calibration,
                      const std::filesystem::path& validation) {
  const std::vector<uint64_t> runs = run_hashes(read_input_file(validation, kMaxTextBytes));
  for (const std::filesystem::path& file : calibration) {
    std::error_code error;
    if (std::filesystem::equivalent(file, validation, error)) refuse(validation, "is", file);
    const double share = share_of(runs, run_hashes(read_input_file(file, kMaxTextBytes)));
    if (share <= kMostSharedRuns) continue;
    refuse(validation,
           "shares " + std::to_string(std::lround(share * 100)) + " % of the runs of " +
               std::to_string(kOverlapWords) + " words with",
           file);
  }
}

}  // namespace nibble::offline
