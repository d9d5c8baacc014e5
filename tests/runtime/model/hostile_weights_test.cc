// Weights that no packer writes, under hashes that fit: they run to their end, to the same bits on
// every kernel set, and a token is still a token.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/cpu.h>
#include <nibble/sampler.h>

#include <cstring>

#include "runtime/format/payload.h"
#include "runtime/kernels/kernels.h"
#include "tests/support/test_model.h"
#include "tests/support/tiny_llama.h"

namespace nibble::test {
namespace {

using namespace format;

/// NaN, infinities, the largest, the smallest: as halves and as singles.
constexpr uint16_t kHalves[] = {0x7E00, 0x7C00, 0xFC00, 0x7BFF, 0x0001, 0x8000, 0xFE01};
constexpr uint32_t kSingles[] = {0x7FC00000, 0x7F800000, 0xFF800000, 0x7F7FFFFF, 0x00000001};

template <class T, size_t kCount>
void fill(uint8_t* at, uint64_t bytes, const T (&values)[kCount], size_t first) {
  for (uint64_t i = 0; i + sizeof(T) <= bytes; i += sizeof(T))
    std::memcpy(at + i, &values[(first + i / sizeof(T)) % kCount], sizeof(T));
}

/// Which planes are spoiled, and which value a plane starts with.
struct Spoilt {
  bool scales, codes, vectors;
  size_t first;
};

void spoil(const TensorRecord& tensor, uint8_t* at, const Spoilt& spoilt) {
  const TensorBytes bytes = tensor_bytes(tensor);
  const uint64_t codes = bytes.codes.value(), scales = bytes.scales.value();
  if (!is_matrix(tensor.type)) {
    if (spoilt.vectors) fill(at, codes, kSingles, spoilt.first);
    return;
  }
  // -128 and zero points beyond 15 have no place in the format.
  if (spoilt.codes) std::memset(at, 0x80, codes);
  if (spoilt.codes) std::memset(at + codes + scales, 0xFF, bytes.zeros.value());
  if (spoilt.scales) fill(at + codes, scales, kHalves, spoilt.first);
}

offline::BlobBytes spoilt_blob(const Spoilt& spoilt) {
  TinyModel tiny = tiny_llama();
  const std::vector<TensorRecord>& tensors = tiny.contents.tensors;
  std::vector<uint64_t> offsets(tensors.size());
  (void)tensor_offsets({tensors.data(), tensors.size()}, {offsets.data(), offsets.size()});
  for (size_t i = 0; i < tensors.size(); ++i) spoil(tensors[i], &tiny.weights[offsets[i]], spoilt);
  return offline::build_blob(tiny.contents, {});
}

/// All NaNs are one: their signs and payloads are not fixed.
Bits numbers_of(const Result<Span<const float>>& logits) {
  Bits bits = bits_of(logits);
  for (uint32_t& number : bits)
    if ((number & 0x7FFFFFFF) > 0x7F800000) number = 0x7FC00000;
  return bits;
}

Token sample(Session& session, uint32_t temperature_milli) {
  const uint32_t vocabulary = session.model().shape().vocabulary;
  const GuardedMemory workspace(checked(Sampler::workspace_bytes(vocabulary)));
  const SamplerConfig config{.temperature_milli = temperature_milli,
                             .top_k = 40,
                             .top_p_milli = 900,
                             .repeat_penalty_milli = 1100};
  Sampler sampler =
      checked(Sampler::create(config, vocabulary, session.kernels(), workspace.bytes()));
  const Token token = sampler.pick(checked(session.logits()), session.history());
  EXPECT_TRUE(workspace.canaries_whole());
  return token;
}

/// The logits after a prompt and after each of the tokens sampled behind it.
std::vector<Bits> run(const Model& model, const SessionConfig& config) {
  TestSession session(model, config);
  std::vector<Token> tokens = {1, 7, 42, 259, 3, 7, 7};
  std::vector<Bits> logits;
  for (const uint32_t temperature_milli : {0u, 800u, 100000u}) {
    logits.push_back(numbers_of(session->prefill(span_of(tokens))));
    tokens = {sample(*session, temperature_milli)};
    EXPECT_LT(tokens[0], model.shape().vocabulary);
  }
  EXPECT_TRUE(session.canaries_whole());
  return logits;
}

class HostileWeights : public testing::TestWithParam<Spoilt> {};

TEST_P(HostileWeights, RunToTheirEndWithTheSameBitsOnEveryKernelSet) {
  const offline::BlobBytes blob = spoilt_blob(GetParam());
  const TestModel model(blob);
  for (const CacheType cache :
       {CacheType::F16, CacheType::Int8, CacheType::Hybrid, CacheType::Int4}) {
    SessionConfig config{
        .batch_tokens = 5, .cache = cache, .kernels = kernels_named({"scalar", 6})};
    const std::vector<Bits> expected = run(*model, config);
    for (const Kernels* kernels : compiled_kernels()) {
      if (!runs_on(*kernels, cpu_features())) continue;
      config.kernels = kernels;
      EXPECT_EQ(run(*model, config), expected) << kernels->name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Planes, HostileWeights,
    testing::Values(Spoilt{.scales = true, .codes = false, .vectors = false, .first = 0},
                    Spoilt{.scales = true, .codes = false, .vectors = false, .first = 3},
                    Spoilt{.scales = false, .codes = true, .vectors = false, .first = 0},
                    Spoilt{.scales = false, .codes = false, .vectors = true, .first = 0},
                    Spoilt{.scales = false, .codes = false, .vectors = true, .first = 3},
                    Spoilt{.scales = true, .codes = true, .vectors = true, .first = 1}),
    [](const auto& instance) { return "Case" + std::to_string(instance.index); });

}  // namespace
}  // namespace nibble::test
