// Puts keys and tensors together, and writes them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/gguf_export.h"

#include <algorithm>

#include "offline/export/gguf_writer.h"
#include "offline/export/model_keys.h"
#include "offline/export/tensor_outputs.h"
#include "offline/export/vocabulary_keys.h"
#include "offline/files/input_error.h"
#include "offline/weights/memory_weights.h"

namespace nibble::offline {
namespace {

const GgufFamily& family_of(const std::string& architecture) {
  if (const GgufFamily* const family = find_gguf_family_of(architecture)) return *family;
  throw InputError(architecture,
                   "cannot be exported; architectures that can: " + gguf_family_architectures());
}

/// As general.file_type numbers what most matrices are; for people.
uint32_t file_type(const std::string& type) {
  if (type == "F32") return 0;
  if (type == "F16") return 1;
  if (type == "Q4_0") return 2;
  return type == "Q4_1" ? 3 : 7;
}

std::string most_used_type(const std::map<std::string, uint32_t>& matrices) {
  const auto most =
      std::ranges::max_element(matrices, {}, &std::pair<const std::string, uint32_t>::second);
  return most == matrices.end() ? "F32" : most->first;
}

void add_general_keys(const ExportSource& source, const GgufFamily& family, const std::string& type,
                      const std::string& tool, GgufKeys& keys) {
  keys.add("general.architecture", family.name);
  keys.add("general.name", source.name);
  if (!source.license.empty()) keys.add("general.license", source.license);
  keys.add("general.file_type", file_type(type));
  if (!type.starts_with('Q')) return;
  keys.add("general.quantization_version", uint32_t{2});
  keys.add("general.quantized_by", tool);
}

}  // namespace

GgufSummary export_gguf(const ExportSource& source, ExportType type, const std::string& tool,
                        const std::filesystem::path& path) {
  const GgufFamily& family = family_of(source.architecture);
  const ProgramFacts facts = read_program(source.network, source.shape.num_hidden_layers);
  TensorOutputs outputs(source, family, facts, type);
  outputs.add_all();
  ModelKeys model;
  add_general_keys(source, family, most_used_type(outputs.matrices()), tool, model.keys);
  add_model_keys(source, family, facts, model);
  for (const FactorTensor& tensor : model.tensors) {
    const auto count = static_cast<uint32_t>(tensor.factors.size());
    outputs.add_vector(tensor.name, hold_floats(1, count, tensor.factors));
  }
  add_vocabulary_keys(source.vocabulary, model.keys);
  write_gguf(path, model.keys, outputs.tensors());
  return {.file_bytes = std::filesystem::file_size(path),
          .tensors = static_cast<uint32_t>(outputs.tensors().size()),
          .matrices = outputs.matrices(),
          .rounded = outputs.rounded(),
          .notes = model.notes};
}

}  // namespace nibble::offline
