// A tiny blob with edits in its tables and payload, and the hashes that fit them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/blob/blob_bytes.h"
#include "tests/fuzz/fuzz.h"

namespace nibble::fuzz {

/// Reads from `input`: which blob (1 byte), then edits of 8 bytes each, to the end: part (1; see
/// the source), bytes written (1: 1, 2 or 4), offset in the part (2), value (4). Offsets wrap.
offline::BlobBytes edited_blob(Input& input);

}  // namespace nibble::fuzz
