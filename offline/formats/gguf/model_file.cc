// A GGUF file as a model: settings and tensors by their Hugging Face names, vocabulary, provenance.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/text.h"
#include "offline/formats/gguf/block_weights.h"
#include "offline/formats/gguf/families.h"
#include "offline/formats/gguf/gguf_settings.h"
#include "offline/formats/gguf/gguf_vocabulary.h"
#include "offline/formats/huggingface/config_json.h"
#include "offline/formats/huggingface/weight_files.h"
#include "offline/formats/registry.h"
#include "offline/weights/memory_weights.h"
#include "offline/weights/rearrange.h"
#include "offline/weights/rescale.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

bool recognizes(const fs::path& path) {
  std::error_code error;
  return first_bytes(path, 4) == kGgufMagic ||
         (path.extension() == ".gguf" && fs::is_regular_file(path, error));
}

const GgufFamily& family_of(const JsonValue& metadata) {
  const JsonValue split = metadata["split.count"];
  if (split.exists() && split.whole_number() > 1) {
    split.refuse("says that this is one part of " + split.quoted() +
                 "; join them with llama-gguf-split --merge");
  }
  const JsonValue name = metadata["general.architecture"];
  const GgufFamily* const family = find_gguf_family(name.text());
  if (family == nullptr) {
    name.refuse("is " + name.quoted() +
                ", which is not supported; supported: " + gguf_family_names());
  }
  return *family;
}

/// The rows of a matrix, or the elements of a vector, in another order.
Weights reorder(const SourceTensor& tensor, const std::vector<uint32_t>& order) {
  return tensor.shape.size() > 1 ? pick_rows(tensor.weights, order)
                                 : pick_elements(tensor.weights, order);
}

/// A tensor's change undone. What does not fit the settings stays as it is: the compiler refuses
/// its shape by name.
class Restoration {
 public:
  explicit Restoration(const HyperParameters& shape) : shape_(shape) {}

  void restore(SourceTensor& tensor, TensorChange change) const {
    switch (change) {
      case TensorChange::None:
        return;
      case TensorChange::InterleavedQuery:
        return restore_heads(tensor, shape_.num_attention_heads);
      case TensorChange::InterleavedKey:
        return restore_heads(tensor, shape_.num_key_value_heads);
      case TensorChange::PlusOne:
        tensor.weights = subtract_one(tensor.weights);
        return;
      case TensorChange::Transposed:
        if (tensor.shape.size() != 2) return;  // a bias
        std::swap(tensor.shape[0], tensor.shape[1]);
        tensor.weights = transpose(tensor.weights);
        return;
      case TensorChange::SplitQkv:
        return restore_qkv(tensor);
    }
  }

 private:
  void restore_heads(SourceTensor& tensor, uint32_t heads) const {
    const std::vector<uint32_t> order = halves_from_interleaved(heads, shape_.head_dim);
    if (tensor.shape[0] == order.size()) tensor.weights = reorder(tensor, order);
  }

  /// Head by head: its rows of queries, of keys, of values.
  void restore_qkv(SourceTensor& tensor) const {
    const uint32_t part = shape_.query_width();
    std::vector<uint32_t> order;
    for (uint32_t head = 0; head < shape_.num_attention_heads; ++head) {
      for (uint32_t which = 0; which < 3; ++which) {
        for (uint32_t i = 0; i < shape_.head_dim; ++i) {
          order.push_back(which * part + head * shape_.head_dim + i);
        }
      }
    }
    if (tensor.shape[0] == order.size()) tensor.weights = reorder(tensor, order);
  }

  const HyperParameters& shape_;
};

SourceTensors read_tensors(const GgufFile& file, const GgufFamily& family,
                           const HyperParameters& shape, const std::string& where) {
  const Restoration restoration(shape);
  SourceTensors tensors;
  for (const GgufTensor& entry : file.tensors) {
    if (entry.name == "rope_freqs.weight") continue;  // read as a setting
    const std::optional<TensorName> name = translate_tensor(family, entry.name);
    if (!name) {
      throw InputError(where + ": tensor " + entry.name,
                       "is not part of the architecture " + std::string(family.name));
    }
    SourceTensor tensor{entry.shape, map_blocks(entry, file.mapping), entry.type->name,
                        entry.bytes.size()};
    restoration.restore(tensor, name->change);
    tensors.emplace(name->huggingface, std::move(tensor));
  }
  return tensors;
}

std::string text_or_nothing(const JsonValue& value) {
  return value.exists() ? printable_ascii(value.text()) : "";
}

SourceModel read(const fs::path& path) {
  const std::string where = path.string();
  const GgufFile file = read_gguf(path);
  const GgufFamily& family = family_of(file.metadata);
  const ModelConfig config = read_model_config(
      JsonValue(gguf_settings(file, family), where + " (settings as config.json names them)"));
  SourceModel model;
  model.format = "GGUF file";
  model.architecture = config.architecture;
  model.shape = config.shape;
  model.vocabulary = read_gguf_vocabulary(file, config.shape->vocab_size, where);
  std::string name = text_or_nothing(file.metadata["general.name"]);
  if (name.empty()) name = printable_ascii(path.stem().string());
  model.provenance = {name, text_or_nothing(file.metadata["general.license"]),
                      printable_ascii(path.filename().string()), sha256_of({file.mapping})};
  model.tensors = read_tensors(file, family, *config.shape, where);
  return model;
}

}  // namespace

SourceFormat gguf_format() {
  return {recognizes, read};
}

}  // namespace nibble::offline
