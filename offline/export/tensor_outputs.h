// A model's tensors under GGUF's names, in the forms that GGUF stores.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <map>
#include <string>
#include <vector>

#include "offline/export/block_rows.h"
#include "offline/export/export_source.h"
#include "offline/export/gguf_writer.h"
#include "offline/export/program_facts.h"
#include "offline/formats/gguf/tensor_names.h"

namespace nibble::offline {

class TensorOutputs {
 public:
  /// The arguments outlive this.
  TensorOutputs(const ExportSource& source, const GgufFamily& family, const ProgramFacts& facts,
                ExportType type);

  /// Adds all tensors but increments of rotary positions. Throws InputError for one that the family
  /// has no name for.
  void add_all();
  void add_vector(const std::string& name, const Weights& weights);

  const std::vector<GgufOutput>& tensors() const { return tensors_; }
  /// How many matrices there are, by the name of their type.
  const std::map<std::string, uint32_t>& matrices() const { return matrices_; }
  /// Matrices whose values are not the source's, bit for bit.
  uint32_t rounded() const { return rounded_; }

 private:
  void add(const TensorPlan& plan);
  void add_part(const TensorPlan& plan, const std::string& whole, size_t part_count);
  void add_tensor(const TensorPlan& plan, const std::string& name);
  void add_matrix(const std::string& name, const Weights& weights, ExportType type);
  std::string name_of(const TensorPlan& plan) const;
  Weights in_form(const TensorPlan& plan) const;

  const ExportSource& source_;
  const GgufFamily& family_;
  const ProgramFacts& facts_;
  ExportType type_;
  std::vector<GgufTensorName> names_;
  std::map<std::string, std::vector<Weights>> parts_;  ///< of tensors that are not complete yet
  std::vector<GgufOutput> tensors_;
  std::map<std::string, uint32_t> matrices_;
  uint32_t rounded_ = 0;
};

}  // namespace nibble::offline
