// What an image was built to do: written out by nibble_add_image() as a source file.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

namespace nibble::image {

inline constexpr uint32_t kMostSessions = 4;

struct Request {
  Bytes blob;             ///< In the image's read-only data, 64-byte aligned.
  Text prompt;            ///< UTF-8
  uint32_t reply_tokens;  ///< At most; at least 1.
  uint32_t context_tokens, batch_tokens;
  uint32_t sessions;           ///< That reply to the prompt side by side, 1 … kMostSessions.
  Text kernels;                ///< Name of the kernel set; empty: the best this CPU runs.
  MutableBytes model_arena;    ///< These two are 64-byte aligned and not zeroed,
  MutableBytes working_arena;  ///< and exactly as large as `nibble plan` says.
  size_t generator_bytes;      ///< The part of the working arena that the generators need.
  size_t stack_bound_bytes;    ///< The runtime's calls go no deeper.
};

/// Defined in the generated source.
extern const Request kRequest;

}  // namespace nibble::image
