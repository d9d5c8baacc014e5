// What a blob says besides its weights: hyper-parameters, strings, names, program.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <string>

#include "offline/architectures/network.h"
#include "offline/blob/blob_writer.h"
#include "offline/formats/source_model.h"

namespace nibble::offline {

/// What a session over the blob has unless it asks for something else.
struct SessionDefaults {
  format::KvType kv = format::KvType::F16;
  uint32_t context_tokens = 0;  ///< 0: the model's own
};

/// Fills in everything but the tokenizer's fields, the self-test and the sections.
/// @param quantizer_name  of the Quantizer that makes the weights
/// Throws InputError when the defaults ask for more context than the model has.
BlobContents describe(const SourceModel& model, const Network& network,
                      const std::string& quantizer_name, const SessionDefaults& defaults);

}  // namespace nibble::offline
