// A tiny model of an architecture, as a reader of a folder would hand it to the packer.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/formats/source_model.h"
#include "tests/support/tiny_decoders.h"

namespace nibble::test {

offline::SourceModel source_of(const TinyDecoder& tiny);

/// @pre tiny_decoders() has one of this name
TinyDecoder tiny_decoder(const std::string& name);

}  // namespace nibble::test
