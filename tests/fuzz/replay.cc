// Feeds a target its corpus, and some hundred mutations of it that are the same in every run: what
// builds without a fuzzer do.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

using Random = std::mt19937_64;
using Input = std::vector<uint8_t>;
constexpr int kMutations = 400;
constexpr size_t kMaxChanges = 4;

/// The files in the order of their names, whatever the file system's own order is.
std::vector<Input> read_corpus(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<Input> corpus;
  for (const std::filesystem::path& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

/// Changes, takes out or repeats a byte.
void change(Input& input, Random& random) {
  if (input.empty()) return input.push_back(static_cast<uint8_t>(random()));
  const auto at = input.begin() + static_cast<ptrdiff_t>(random() % input.size());
  constexpr uint8_t kExtremes[] = {0, 1, 0x7F, 0x80, 0xFF};
  switch (random() % 5) {
    case 0:
      *at = static_cast<uint8_t>(*at ^ 1u << random() % 8);
      return;
    case 1:
      *at = kExtremes[random() % std::size(kExtremes)];
      return;
    case 2:
      *at = static_cast<uint8_t>(random());
      return;
    case 3:
      input.erase(at);
      return;
    default:
      input.insert(at, *at);
  }
}

/// Runs the target on memory of exactly the input's size, so that sanitizers see reads past the
/// end.
void run(const Input& input) {
  const Input exact(input.begin(), input.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

}  // namespace

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  const std::vector<Input> corpus = read_corpus(arguments[1]);
  if (corpus.empty()) return 1;
  for (const Input& input : corpus) run(input);
  Random random(1);
  for (int i = 0; i < kMutations; ++i) {
    Input input = corpus[random() % corpus.size()];
    for (size_t changes = 1 + random() % kMaxChanges; changes != 0; --changes)
      change(input, random);
    run(input);
  }
  std::printf("%zu inputs, %d mutations\n", corpus.size(), kMutations);
  return 0;
}
