// Compares a source's tensors with what an architecture asks for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/checked_tensors.h"

#include <algorithm>

#include "offline/files/input_error.h"

namespace nibble::offline {
namespace {

std::string shape_text(const std::vector<uint64_t>& shape) {
  std::string text = "[";
  for (const uint64_t dimension : shape) {
    text += (text.size() > 1 ? ", " : "") + std::to_string(dimension);
  }
  return text + "]";
}

}  // namespace

const SourceTensor* CheckedTensors::find(const std::string& name) {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) return nullptr;
  known_.insert(name);
  return &found->second;
}

Weights CheckedTensors::take(const std::string& name, const std::vector<uint64_t>& shape) {
  const SourceTensor* const tensor = find(name);
  if (tensor == nullptr) {
    throw InputError("tensor " + name, "is missing; the configuration asks for it");
  }
  if (tensor->shape != shape) {
    throw InputError("tensor " + name, "has shape " + shape_text(tensor->shape) +
                                           ", the configuration makes it " + shape_text(shape));
  }
  return tensor->weights;
}

std::string CheckedTensors::tied_name(const std::string& embedding, const std::string& head) {
  const SourceTensor* const first = find(embedding);
  const SourceTensor* const second = find(head);
  if (second == nullptr) return embedding;
  if (first == nullptr) return head;
  if (!same_weights(*first->weights, *second->weights)) {
    throw InputError("tensor " + head, "differs from " + embedding +
                                           ", but config.json says tie_word_embeddings; correct "
                                           "one of them");
  }
  return embedding;
}

void CheckedTensors::refuse_others() const {
  for (const auto& [name, tensor] : tensors_) {
    const bool is_ignored = std::ranges::any_of(
        ignored_, [&name](const std::string& suffix) { return name.ends_with(suffix); });
    if (known_.contains(name) || is_ignored) continue;
    throw InputError("tensor " + name,
                     "is not part of the architecture the configuration describes");
  }
}

}  // namespace nibble::offline
