// Undoes what converters do to tensors; offline/export does it again.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/gguf_tensors.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "offline/files/input_error.h"
#include "offline/formats/gguf/block_weights.h"
#include "offline/formats/gguf/gguf_rotary.h"
#include "offline/formats/gguf/tensor_names.h"
#include "offline/weights/memory_weights.h"
#include "offline/weights/rearrange.h"
#include "offline/weights/rescale.h"

namespace nibble::offline {
namespace {

using format::Role;

bool is_rotary(const std::string& name) {
  return name == kWaveFactors || name == kLongFactors || name == kShortFactors;
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
  Restoration(const GgufFamily& family, const DecoderParameters& shape)
      : family_(family), shape_(shape) {}

  void restore(SourceTensor& tensor, const GgufTensorName& name) const {
    if (name.huggingface == &DecoderNames::joined) restore_joined(tensor);
    if (name.is_in_layer && shape_.is_transposed && tensor.shape.size() == 2) {
      std::swap(tensor.shape[0], tensor.shape[1]);
      tensor.weights = transpose(tensor.weights);
    }
    if (shape_.gains_are_from_one && name.gguf.ends_with("norm")) {
      tensor.weights = subtract_one(tensor.weights);
    }
    if (!family_.interleaves_heads) return;
    if (name.weights == Role::Query) restore_heads(tensor, shape_.num_attention_heads);
    if (name.weights == Role::Key) restore_heads(tensor, shape_.num_key_value_heads);
  }

 private:
  void restore_heads(SourceTensor& tensor, uint32_t heads) const {
    const std::vector<uint32_t> order = halves_from_interleaved(heads, shape_.head_dim);
    if (tensor.shape[0] == order.size()) tensor.weights = reorder(tensor, order);
  }

  /// For each key head: its rows of queries, of keys, of values.
  void restore_joined(SourceTensor& tensor) const {
    if (shape_.qkv != QkvLayout::PerGroup) return;
    const uint32_t width = shape_.head_dim, queries = shape_.query_width();
    const uint32_t group = width * (shape_.num_attention_heads / shape_.num_key_value_heads);
    std::vector<uint32_t> order;
    const auto append = [&order](uint32_t first, uint32_t count) {
      for (uint32_t i = 0; i < count; ++i) order.push_back(first + i);
    };
    for (uint32_t head = 0; head < shape_.num_key_value_heads; ++head) {
      append(head * group, group);
      append(queries + head * width, width);
      append(queries + shape_.key_width() + head * width, width);
    }
    if (tensor.shape[0] == order.size()) tensor.weights = reorder(tensor, order);
  }

  const GgufFamily& family_;
  const DecoderParameters& shape_;
};

/// A name taken apart: "blk.7.attn_q.weight".
struct NameParts {
  std::string prefix;  ///< "7", or empty outside the layers
  std::string_view name, suffix;
};

std::optional<NameParts> parts_of(std::string_view name) {
  constexpr std::string_view kBlock = "blk.";
  NameParts parts;
  if (name.starts_with(kBlock)) {
    name.remove_prefix(kBlock.size());
    const std::string_view digits = name.substr(0, name.find('.'));
    uint32_t layer = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), layer);
    if (error != std::errc() || end != digits.data() + digits.size() ||
        digits != std::to_string(layer) || digits.size() == name.size()) {
      return {};
    }
    parts.prefix = digits;
    name.remove_prefix(digits.size() + 1);
  }
  for (const std::string_view suffix : {".weight", ".bias"}) {
    if (!name.ends_with(suffix)) continue;
    parts.name = name.substr(0, name.size() - suffix.size());
    parts.suffix = suffix;
    return parts;
  }
  return {};
}

class Reader {
 public:
  Reader(const GgufFamily& family, const DecoderParameters& shape)
      : shape_(shape),
        names_(gguf_tensor_names(family, shape.residual == Residual::Parallel)),
        restoration_(family, shape) {}

  /// Adds the tensor. @returns whether the family has one of this name
  bool add(const GgufFile& file, const GgufTensor& entry, SourceTensors& tensors) const {
    const std::optional<NameParts> parts = parts_of(entry.name);
    if (!parts) return false;
    const auto name = std::ranges::find_if(names_, [&](const GgufTensorName& one) {
      return one.gguf == parts->name && one.is_in_layer != parts->prefix.empty();
    });
    if (name == names_.end() || (shape_.names.*name->huggingface).empty()) return false;
    SourceTensor tensor{entry.shape, map_blocks(entry, file.mapping), entry.type->name,
                        entry.bytes.size()};
    restoration_.restore(tensor, *name);
    return tensors.emplace(full_name(*name, *parts), std::move(tensor)).second;
  }

 private:
  std::string full_name(const GgufTensorName& name, const NameParts& parts) const {
    const DecoderNames& names = shape_.names;
    std::string full = name.huggingface == &DecoderNames::head ? "" : names.prefixes.front();
    if (!parts.prefix.empty()) full += names.layer + parts.prefix + ".";
    return full + names.*name.huggingface + std::string(parts.suffix);
  }

  const DecoderParameters& shape_;
  std::vector<GgufTensorName> names_;
  Restoration restoration_;
};

}  // namespace

SourceTensors read_gguf_tensors(const GgufFile& file, const GgufFamily& family,
                                const HyperParameters& shape, const std::string& where) {
  const Reader reader(family, dynamic_cast<const DecoderParameters&>(shape));
  SourceTensors tensors;
  for (const GgufTensor& entry : file.tensors) {
    if (is_rotary(entry.name) || reader.add(file, entry, tensors)) continue;
    throw InputError(where + ": tensor " + entry.name,
                     "is not part of the architecture " + std::string(family.name));
  }
  return tensors;
}

}  // namespace nibble::offline
