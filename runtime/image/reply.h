// What an image does with its model: the blob's own test, then the prompt's reply.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator.h>

#include "runtime/image/request.h"

namespace nibble::image {

/// Verifies the blob, unpacks it, makes a generator and runs the self-test, telling the console of
/// each. @returns the generator, at position 0 | any error of what was called
Result<Generator*> open_and_test(const Request& request);

/// Prints prompt and greedy reply, then the digest of all logits that the reply's tokens were drawn
/// from. @returns any error of what was called
Status print_reply(const Request& request, Generator& generator);

}  // namespace nibble::image
