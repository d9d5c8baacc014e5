// Text to tokens and back, over tables in the blob.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/status.h>

namespace nibble {

using Token = uint32_t;

enum class EncodeMode : uint32_t {
  Prompt = 0,     ///< Begin-of-text token (if the model uses one), dummy prefix, text.
  WholeText = 1,  ///< Dummy prefix and text: how a whole file is scored.
  Continue = 2,   ///< The text alone.
};

/// A part of a text, and whether it may spell control tokens: a template may, what a user says may
/// not.
struct TextPart {
  Text text;
  bool is_trusted = false;
};

/// What is said to a model in its chat template: the text of one turn, in parts. Views of the
/// tokenizer's tables and of what is said.
struct ChatTurn {
  static constexpr size_t kMaxParts = 8;
  TextPart parts[kMaxParts];
  size_t count = 0;
  Span<const TextPart> span() const { return {parts, count}; }
};

/// A view of a model's tokenizer tables. Two threads may use one.
class Tokenizer {
 public:
  /// Bytes of workspace encode() needs for a text of `text_bytes`: linear in it.
  /// @returns bytes | SizeOverflow (a text beyond 1 GiB; a third of it where text is normalized)
  Result<size_t> workspace_bytes(size_t text_bytes) const;
  /// Tokens that encode() never makes more of, whatever the text: linear in its bytes.
  /// @pre workspace_bytes(text_bytes) is ok
  size_t most_tokens(size_t text_bytes) const;

  /// UTF-8 to tokens as the model's publisher has it (docs/FORMAT.md, 6): added tokens are taken
  /// out; what lies between them is normalized, split into words, and merged, the pair of best rank
  /// first, leftmost among equals. Invalid bytes become byte tokens, never an error; control tokens
  /// are never matched.
  /// @param workspace  8-byte aligned, at least workspace_bytes(text.size())
  /// @returns tokens written | BufferTooSmall (where = tokens needed) | ArenaTooSmall (workspace) |
  ///          ArenaMisaligned | SizeOverflow: workspace_bytes()
  /// Cost: O(n · (log n + p)) for n bytes and pieces of up to p bytes (1,024), no recursion.
  Result<size_t> encode(Text text, EncodeMode mode, Span<Token> out, MutableBytes workspace) const;
  /// The same of a text that is given in parts. A control token is matched where one trusted part
  /// has all of it.
  /// @param workspace  at least workspace_bytes() of the parts' sum
  Result<size_t> encode(Span<const TextPart> parts, EncodeMode mode, Span<Token> out,
                        MutableBytes workspace) const;

  /// Whether the model has a chat template.
  bool has_chat() const { return chat_bytes_ != 0; }
  /// Most bytes that a template adds to what is said in one turn.
  size_t chat_bytes() const { return chat_bytes_; }
  /// The text that begins a conversation, or answers the model's last reply, and makes the model
  /// reply. What is said can spell no control token.
  /// @param begins  the first turn: `system` goes before it; empty, the template's own system text
  /// @returns the parts | BadArgument (there is no chat template)
  Result<ChatTurn> chat_turn(bool begins, Text system, Text user) const;

  /// The bytes a token adds to the text: a view into the blob, not terminated, perhaps part of a
  /// UTF-8 sequence (see TextStream); empty for control tokens and for ids outside the vocabulary.
  Text piece(Token token) const;

  uint32_t longest_piece_bytes() const { return longest_piece_bytes_; }  ///< Of any token.
  uint32_t vocabulary() const { return vocabulary_; }
  Token begin_of_text() const { return bos_; }  ///< kNoToken if the model has none.
  bool is_end(Token token) const;               ///< Ends a reply.
  /// Whether encoding puts a space before a text that is none of its own.
  bool adds_prefix() const;

 private:
  friend class TokenizerTables;
  const uint32_t* offsets_ = nullptr;
  const uint32_t* ranks_ = nullptr;
  const uint32_t* byte_tokens_ = nullptr;
  const uint32_t* slots_ = nullptr;
  const uint32_t* added_ = nullptr;
  const uint8_t* normalization_ = nullptr;
  const uint16_t* merges_ = nullptr;
  const uint8_t* types_ = nullptr;
  const uint8_t* added_rules_ = nullptr;
  const uint8_t* class_runs_ = nullptr;
  const char* chat_ = nullptr;
  const char* pool_ = nullptr;
  uint32_t slot_mask_ = 0;
  uint32_t vocabulary_ = 0;
  uint32_t kind_ = 0;
  uint32_t flags_ = 0;
  uint32_t added_count_ = 0;
  uint32_t class_run_count_ = 0;
  uint32_t chat_bytes_ = 0;
  uint32_t chat_flags_ = 0;
  uint32_t longest_piece_bytes_ = 0;      // of all pieces
  uint32_t longest_matchable_bytes_ = 0;  // of pieces that text is merged to
  uint32_t dearest_rank_ = 0;
  uint32_t added_first_bytes_[2][8] = {};  // sets of bytes: in raw text, in normalized text
  uint8_t split_steps_[8] = {};
  Token bos_ = 0, unknown_ = 0;
  Token ends_[4] = {};
};

/// Joins pieces into whole UTF-8 characters: bytes are held back until their sequence is complete.
/// Malformed sequences come out as U+FFFD.
class TextStream {
 public:
  /// Output bytes per byte that is held or pushed, at most.
  static constexpr size_t kMaxExpansion = 3;
  /// Output bytes that always suffice for push() of a piece: up to 3 bytes are held before it.
  static constexpr size_t room_bytes(size_t piece_bytes) {
    return kMaxExpansion * (piece_bytes + 3);
  }

  /// @param drop_first_space  the model's dummy prefix: the first byte is dropped if it is a space
  explicit TextStream(bool drop_first_space) : drop_space_(drop_first_space) {}
  /// @returns bytes written to `out` | BufferTooSmall: room_bytes(piece.size()) always suffices
  Result<size_t> push(Text piece, Span<char> out);
  /// What is held back, as U+FFFD; call once at the end. @returns bytes written | BufferTooSmall
  Result<size_t> flush(Span<char> out);

 private:
  size_t release(Span<char> out);
  uint8_t held_[4] = {};
  uint8_t held_bytes_ = 0;
  bool drop_space_;
};

}  // namespace nibble
