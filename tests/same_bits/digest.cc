// digest BLOB [KERNELS]: prints the logits digest of kDigestText. Built by one compiler after
// another, with one optimization level after another, so that their figures can be compared.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/cpu.h>
#include <nibble/model.h>

#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>

#include "tests/same_bits/logits_digest.h"
#include "tests/support/test_model.h"

namespace nibble::test {
namespace {

void print_digest(const char* blob, const char* kernels_name) {
  const TestModel model(blob);
  SessionConfig config{.context_tokens = 256};
  if (kernels_name != nullptr)
    config.kernels = kernels_named({kernels_name, std::strlen(kernels_name)});
  if (kernels_name != nullptr && config.kernels == nullptr)
    throw std::runtime_error("this build has no such kernels");
  TestSession session(*model, config);
  const std::vector<Token> prompt = encode(*model, kDigestText, EncodeMode::Prompt);
  const format::Sha256Digest digest =
      checked(logits_digest(*session, {prompt.data(), prompt.size()}, Session::kAllTiles));
  std::printf("digest %s\n", hexadecimal(digest).c_str());
}

}  // namespace
}  // namespace nibble::test

int main(int count, char** arguments) {
  if (count < 2) {
    std::fprintf(stderr, "usage: digest BLOB [KERNELS]\n");
    return 2;
  }
  try {
    nibble::test::print_digest(arguments[1], count > 2 ? arguments[2] : nullptr);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "digest: %s\n", error.what());
    return 3;
  }
}
