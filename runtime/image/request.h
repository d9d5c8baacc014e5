// What an image was built to do: written out by nibble_add_image() as a source file.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/tokenizer.h>

namespace nibble::image {

struct Request {
  Bytes blob;             ///< In the image's read-only data, 64-byte aligned.
  Text prompt;            ///< UTF-8
  uint32_t reply_tokens;  ///< At most.
  uint32_t context_tokens, batch_tokens;
  Text kernels;                ///< Name of the kernel set; empty: the best this CPU runs.
  Span<Token> prompt_tokens;   ///< Room for the encoded prompt.
  MutableBytes model_arena;    ///< These two are 64-byte aligned and not zeroed,
  MutableBytes working_arena;  ///< and exactly as large as `nibble plan` says.
  size_t session_bytes;        ///< Of the working arena; the sampler's follow.
  size_t stack_bound_bytes;    ///< The runtime's calls go no deeper.
};

/// Defined in the generated source.
extern const Request kRequest;

}  // namespace nibble::image
