// Activations by the names that configurations give them, and the epsilons of norms.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/architectures/settings.h"
#include "runtime/format/blob.h"

namespace nibble::offline {

/// The activation that a setting names. Throws InputError for one that is not supported.
/// @param otherwise  what an absent setting means
format::Activation read_activation(Settings& config, const std::string& key,
                                   const std::string& otherwise);

/// What a norm adds to the mean square. Throws InputError for a value out of range.
/// @param otherwise  what an absent setting means
float read_epsilon(Settings& config, const std::string& key, double otherwise);

}  // namespace nibble::offline
