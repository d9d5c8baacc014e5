// What a blob says besides its weights: hyper-parameters, strings, names.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/architectures/network.h"
#include "offline/blob/blob_writer.h"
#include "offline/formats/source_model.h"
#include "offline/pack/pack.h"

namespace nibble::offline {

/// How matrices of a role are stored under these options.
SchemeChoice scheme_choice(const PackOptions& options);

/// Everything but the tokenizer's fields, the self-test and the sections.
/// Throws InputError when the options ask for more context than the model has.
BlobContents describe(const SourceModel& model, const Network& network, const PackOptions& options,
                      const Quantizer& quantizer);

}  // namespace nibble::offline
