// A GGUF file's settings, as a configuration with Hugging Face's names.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "offline/formats/gguf/families.h"
#include "offline/formats/gguf/gguf_file.h"

namespace nibble::offline {

/// What config.json would say of this model. What GGUF has no key for is taken from the tensors:
/// the vocabulary's size, whether the head is tied, biases, Llama 3's rotary scaling. Throws
/// InputError, with the key, for a setting of the family's that is not known, and for one with a
/// value per layer.
nlohmann::json gguf_settings(const GgufFile& file, const GgufFamily& family);

}  // namespace nibble::offline
