// Version 0 of llama2.c's format: seven numbers, then floats in run.c's order.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/tiny_checkpoint.h"

#include <cstring>
#include <string>

#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

constexpr int32_t kDim = 64, kHidden = 96, kLayers = 2, kHeads = 2, kPieces = 262, kPositions = 64;

template <class Number>
void add(std::string& bytes, Number number) {
  char part[sizeof number];
  std::memcpy(part, &number, sizeof number);
  bytes.append(part, sizeof number);
}

/// Small numbers around 0, the same on every machine.
class Floats {
 public:
  void add_random(int32_t count) {
    for (int32_t i = 0; i < count; ++i) {
      state_ = state_ * 6364136223846793005u + 1442695040888963407u;
      add(bytes, static_cast<float>(static_cast<int32_t>(state_ >> 40) - (1 << 23)) / (1 << 25));
    }
  }
  void add_ones(int32_t count) {
    for (int32_t i = 0; i < count; ++i) add(bytes, 1.0f);
  }

  std::string bytes;

 private:
  uint64_t state_ = 1;
};

std::string checkpoint_bytes() {
  Floats floats;
  for (const int32_t number : {kDim, kHidden, kLayers, kHeads, kHeads, kPieces, kPositions}) {
    add(floats.bytes, number);
  }
  floats.add_random(kPieces * kDim);
  floats.add_ones(kLayers * kDim);
  floats.add_random(4 * kLayers * kDim * kDim);
  floats.add_ones(kLayers * kDim);
  floats.add_random(3 * kLayers * kHidden * kDim);
  floats.add_ones(kDim);
  floats.add_random(kPositions * kDim / kHeads);  // tables of angles, which nobody reads
  return floats.bytes;
}

void add_piece(std::string& bytes, const std::string& text, float score) {
  add(bytes, score);
  add(bytes, static_cast<uint32_t>(text.size()));
  bytes += text;
}

std::string vocabulary_bytes() {
  std::string bytes;
  add(bytes, uint32_t{6});  // the longest piece
  for (const char* const text : {"<unk>", "\n<s>\n", "\n</s>\n"}) add_piece(bytes, text, 0);
  for (int byte = 0; byte < 256; ++byte) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    add_piece(bytes, std::string("<0x") + kDigits[byte >> 4] + kDigits[byte & 15] + ">", 0);
  }
  add_piece(bytes, " a", -1);
  add_piece(bytes, "a", -3);
  add_piece(bytes, " ", -2);
  return bytes;
}

}  // namespace

std::filesystem::path write_tiny_checkpoint(const std::filesystem::path& folder) {
  const std::filesystem::path checkpoint = folder / "generated.bin";
  write_output_file(folder / "tokenizer.bin", vocabulary_bytes());
  write_output_file(checkpoint, checkpoint_bytes());
  return checkpoint;
}

}  // namespace nibble::offline
