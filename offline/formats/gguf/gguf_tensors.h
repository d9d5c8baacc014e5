// A GGUF file's tensors, as Hugging Face names and stores them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>

#include "offline/architectures/hyper_parameters.h"
#include "offline/formats/gguf/families.h"
#include "offline/weights/source_tensors.h"

namespace nibble::offline {

/// What GGUF stores in another form is put back. Throws InputError, with the name, for tensors that
/// are not the family's.
/// @pre `shape` was read by the family's architecture
SourceTensors read_gguf_tensors(const GgufFile& file, const GgufFamily& family,
                                const HyperParameters& shape, const std::string& where);

}  // namespace nibble::offline
