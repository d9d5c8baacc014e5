// Activations by the names that configurations give them, and the epsilons of norms.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>
#include <string_view>

#include "offline/architectures/settings.h"
#include "runtime/format/blob.h"

namespace nibble::offline {

struct DecoderParameters;

/// The activation of this name; nothing for one that is not supported.
std::optional<format::Activation> find_activation(std::string_view name);

/// The activation that a setting names. Throws InputError for one that is not supported.
/// @param otherwise  what an absent setting means
format::Activation read_activation(Settings& config, const std::string& key,
                                   const std::string& otherwise);

/// What a norm adds to the mean square. Throws InputError for a value out of range.
/// @param otherwise  what an absent setting means
float read_epsilon(Settings& config, const std::string& key, double otherwise);

/// Layer norms with biases, as most families that have them do.
void read_layer_norm(Settings& config, const std::string& epsilon_key, DecoderParameters& shape);

}  // namespace nibble::offline
