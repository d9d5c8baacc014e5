// The independent oracle for every architecture: a naive decoder in double precision.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tests/support/reference_weights.h"

namespace nibble::test {

using ReferenceTensors = std::map<std::string, ReferenceTensor>;

// It is written from the families' published definitions, configuration key by configuration key,
// and shares no code, no table and no constant with runtime/ or offline/. It is slow on purpose.

/// One text through a model, one token at a time.
class ReferenceDecoder {
 public:
  /// @param config   the members of config.json
  /// @param tensors  as published; outlive this
  /// @param cache    how keys and values are kept
  ReferenceDecoder(nlohmann::json config, const ReferenceTensors& tensors, Storing cache);

  /// @returns logits [vocabulary] after `token`
  std::vector<double> step(uint32_t token);

 private:
  using Row = std::vector<double>;
  struct Cache {
    std::vector<Row> keys, values;
  };
  /// What an attention block gets besides its input.
  struct Heads {
    Row query, key, value;
  };

  bool is(const char* model_type) const { return type_ == model_type; }
  double number(const char* key, double otherwise) const;
  bool flag(const char* key, bool otherwise) const;
  const ReferenceTensor& tensor(const std::string& name) const;
  bool has(const std::string& name) const { return tensors_.contains(name); }

  Row linear(const std::string& name, const Row& x) const;
  Row layer_norm(const std::string& name, const Row& x) const;
  Row rms_norm(const std::string& name, const Row& x) const;
  Row norm(const std::string& name, const Row& x) const;
  Row activate(Row x) const;
  void normalize_heads(const std::string& name, Row& rows) const;
  void rotate(Row& rows, size_t layer) const;
  std::vector<double> frequencies(size_t layer, double& magnitude) const;
  size_t window(size_t layer) const;

  Row attend(size_t layer, Heads heads);
  Row llama_attention(size_t layer, const std::string& prefix, const Row& x);
  Row joined_attention(size_t layer, const std::string& prefix, const Row& x);
  Row llama_ffn(const std::string& prefix, const Row& x) const;
  Row plain_ffn(const std::string& up, const std::string& down, const Row& x) const;

  Row embed(uint32_t token) const;
  Row llama_layer(size_t layer, Row x);
  Row gpt2_layer(size_t layer, Row x);
  Row neox_layer(size_t layer, Row x);
  Row opt_layer(size_t layer, Row x);
  Row phi_layer(size_t layer, Row x);
  Row falcon_layer(size_t layer, Row x);
  Row starcoder2_layer(size_t layer, Row x);
  Row head(Row x) const;

  nlohmann::json config_;
  const ReferenceTensors& tensors_;
  Storing storing_;
  std::string type_;
  size_t width_, heads_, kv_heads_, dimension_, layers_;
  std::vector<Cache> caches_;
  size_t position_ = 0;
};

}  // namespace nibble::test
