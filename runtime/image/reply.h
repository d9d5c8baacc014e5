// What an image does with its model: the blob's own test, then the prompt's reply.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

#include "runtime/image/request.h"

namespace nibble::image {

/// Verifies the blob, unpacks it, makes a session and runs the self-test, telling the console of
/// each. @returns the session, at position 0 | any error of what was called
Result<Session*> open_and_test(const Request& request);

/// Prints prompt and greedy reply, then the digest of all logits the reply's tokens were picked
/// from. @returns any error of what was called
Status print_reply(const Request& request, Session& session);

}  // namespace nibble::image
