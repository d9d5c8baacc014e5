// The settings of a configuration: each is read, or known not to matter, or refused by its name.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <set>
#include <string>

#include "offline/architectures/hyper_parameters.h"
#include "offline/files/json_value.h"

namespace nibble::offline {

/// The members of a JSON object. What is asked for counts as understood; refuse_others() then
/// refuses every other member, since it might change what the model computes.
class Settings {
 public:
  /// Throws InputError for a value that is no object.
  explicit Settings(JsonValue object);

  JsonValue operator[](const std::string& key);
  /// A setting that changes the computation unless it has this value, or is absent.
  void require(const std::string& key, const nlohmann::json& value);
  /// Settings of training, generation, provenance and tokens, which any configuration may hold.
  void ignore_harmless();
  void ignore(const std::string& key) { known_.insert(key); }
  /// @param what  is said of a member nobody asked for
  void refuse_others(const std::string& what) const;

 private:
  JsonValue object_;
  std::set<std::string> known_;
};

/// What a family calls its sizes, and what it means where the file does not say. A null name is a
/// setting that the family does not have.
struct CommonSettings {
  const char* width = "hidden_size";
  const char* inner = "intermediate_size";  ///< absent, where `inner_is_optional`: 4 · width
  const char* layers = "num_hidden_layers";
  const char* heads = "num_attention_heads";
  const char* kv_heads = "num_key_value_heads";
  const char* head_dimension = "head_dim";
  const char* context = "max_position_embeddings";
  bool inner_is_optional = false;
  bool is_tied = false;                 ///< where tie_word_embeddings is absent
  uint32_t default_head_dimension = 0;  ///< where it is absent; 0 = width / heads
  uint32_t default_context = 0;         ///< where it is absent; 0 = it must be there
};

/// The common part under a family's names, each value within the blob's limits. Throws InputError
/// for a value out of range, and for numbers that do not divide.
void read_common(Settings& config, HyperParameters& shape, const CommonSettings& names = {});

}  // namespace nibble::offline
