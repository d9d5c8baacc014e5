// What an image was built to do: written out by nibble_add_image() as a source file.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

namespace nibble::image {

struct Request {
  Bytes blob;            ///< In the image's read-only data, 64-byte aligned.
  Text prompt;           ///< UTF-8
  uint32_t tokens;       ///< At most, in the reply.
  MutableBytes arena;    ///< 64-byte aligned, not zeroed; all memory the runtime gets.
};

/// Defined in the generated source.
extern const Request kRequest;

}  // namespace nibble::image
