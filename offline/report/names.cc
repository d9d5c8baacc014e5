// One table of names per enumeration of runtime/format/blob.h; those of ops.h are in its rows.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/names.h"

#include <cstddef>

namespace nibble::offline {
namespace {

constexpr const char* kUnknown = "unknown";

/// Records that nobody verified may hold any number.
template <class Enumeration, size_t kCount>
const char* look_up(const char* const (&names)[kCount], Enumeration value) {
  const auto index = static_cast<size_t>(value);
  return index < kCount ? names[index] : kUnknown;
}

}  // namespace

const char* name_of(format::TensorType type) {
  static constexpr const char* kNames[] = {"f32", "u64", "f16", "int8", "int4", "int4z"};
  static_assert(sizeof kNames / sizeof *kNames == format::kTensorTypeCount);
  return look_up(kNames, type);
}

std::string name_of(format::Role role) {
  static constexpr const char* kNames[] = {"embedding",
                                           "attention-norm",
                                           "q",
                                           "k",
                                           "v",
                                           "o",
                                           "ffn-norm",
                                           "gate",
                                           "up",
                                           "down",
                                           "final-norm",
                                           "head",
                                           "rotary",
                                           "q-bias",
                                           "k-bias",
                                           "v-bias",
                                           "o-bias",
                                           "position-embedding",
                                           "attention-norm-bias",
                                           "ffn-norm-bias",
                                           "gate-bias",
                                           "up-bias",
                                           "down-bias",
                                           "final-norm-bias",
                                           "head-bias",
                                           "q-norm",
                                           "k-norm",
                                           "attention-output-norm",
                                           "ffn-output-norm",
                                           "embedding-projection",
                                           "head-projection"};
  static_assert(sizeof kNames / sizeof *kNames == static_cast<size_t>(format::Role::Count));
  if (role < format::Role::Count) return look_up(kNames, role);
  return "role " + std::to_string(static_cast<unsigned>(role));
}

const char* name_of(format::OpCode code) {
  return code < format::OpCode::Count ? format::kOps[static_cast<size_t>(code)].name : kUnknown;
}

const char* name_of(format::Activation activation) {
  return look_up(format::kActivationNames, activation);
}

const char* name_of(format::KvType type) {
  static constexpr const char* kNames[] = {"f16", "int8", "hybrid", "int4"};
  static_assert(sizeof kNames / sizeof *kNames == static_cast<size_t>(format::KvType::Count));
  return look_up(kNames, type);
}

const char* name_of(format::Storage storage) {
  static constexpr const char* kNames[] = {"raw", "zstd"};
  return look_up(kNames, storage);
}

const char* name_of(format::Codec codec) {
  static constexpr const char* kNames[] = {"raw", "zstd"};
  return look_up(kNames, codec);
}

const char* name_of(format::SectionKind kind) {
  static constexpr const char* kNames[] = {"tokenizer", "weights"};
  return look_up(kNames, kind);
}

const char* name_of(format::BufferType type) {
  static constexpr const char* kNames[] = {"f32", "int8"};
  return look_up(kNames, type);
}

const char* name_of(format::BufferRows rows) {
  static constexpr const char* kNames[] = {"token", "logit"};
  return look_up(kNames, rows);
}

std::string scheme_name(format::TensorType type, uint32_t group) {
  return group == 0 ? name_of(type) : std::string(name_of(type)) + ":" + std::to_string(group);
}

}  // namespace nibble::offline
