// What an image does with its model: the blob's own test, then the prompt's reply.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator.h>

#include "runtime/image/request.h"

namespace nibble::image {

/// Verifies the blob, unpacks it and makes a generator, telling the console of each.
/// @returns the generator, at position 0 | any error of what was called
Result<Generator*> open_generator(const Request& request);

/// The blob's own test, apart from what opens it: on the deepest stack there is.
/// @returns any error of Generator::self_test()
Status run_self_test(Generator& generator);

/// Prints prompt and greedy reply, then the digest of all logits that the reply's tokens were drawn
/// from. @returns any error of what was called
Status print_reply(const Request& request, Generator& generator);

}  // namespace nibble::image
