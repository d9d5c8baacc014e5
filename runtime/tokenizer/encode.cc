// Text to tokens: checks the workspace, then follows the rule of the tables' kind.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/tokenizer.h>

#include "runtime/tokenizer/sentencepiece_encoder.h"

namespace nibble {
namespace {

/// Longer texts are refused: positions and twice their number fit uint32_t.
constexpr size_t kMaxTextBytes = size_t{1} << 30;

}  // namespace

Result<size_t> Tokenizer::workspace_bytes(size_t text_bytes) {
  if (text_bytes > kMaxTextBytes) return Error::SizeOverflow;
  return sentencepiece_workspace_bytes(text_bytes).bytes();
}

Result<size_t> Tokenizer::encode(Text text, EncodeMode mode, Span<Token> out,
                                 MutableBytes workspace) const {
  const size_t needed_bytes = NIBBLE_TRY(workspace_bytes(text.size()));
  if (workspace.size() < needed_bytes) return Failure{Error::ArenaTooSmall, needed_bytes};
  if (reinterpret_cast<uintptr_t>(workspace.data()) % 8 != 0) return Error::ArenaMisaligned;
  return encode_sentencepiece(TokenizerTables(*this), text, mode, out, workspace.data());
}

}  // namespace nibble
