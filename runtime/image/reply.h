// What an image does with its model: the blob's own test, then the prompt's reply.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator_batch.h>

#include "runtime/image/request.h"

namespace nibble::image {

/// Verifies the blob, unpacks it and makes a generator for each session, telling the console of
/// each part.
/// @returns the generators, at position 0 | any error of what was called
Result<GeneratorBatch*> open_generators(const Request& request);

/// The blob's own test, apart from what opens it: on the deepest stack there is.
/// @returns any error of Generator::self_test()
Status run_self_test(Generator& generator);

/// Prints prompt and greedy reply, then for each session the digest of all logits that its reply's
/// tokens were drawn from. Each session is given the prompt one token later than the one before, so
/// that prompts are computed while others decode. @returns any error of what was called
Status print_replies(const Request& request, GeneratorBatch& batch);

}  // namespace nibble::image
