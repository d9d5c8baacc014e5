// Ends a streamed text before the first stop text, even one that arrives in parts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

namespace nibble {

/// The text is written into the filter's own buffer: room() says where, push() says how much of it
/// is certain.
class StopFilter {
 public:
  /// @param stop_texts  none of them empty; they outlive the filter
  /// @param buffer      the longest part of text, and held_bytes(stop_texts); outlives the filter
  StopFilter(Span<const Text> stop_texts, Span<char> buffer)
      : stop_texts_(stop_texts), buffer_(buffer) {}

  /// Most bytes that are ever held back: all but one byte of the longest stop text.
  static size_t held_bytes(Span<const Text> stop_texts);

  /// A new text begins.
  void begin();
  /// Where the next part of the text goes. Ends the views that push() and finish() returned.
  Span<char> room();
  /// @param bytes  written to the start of room(), which was called before
  /// @returns a view of what is certain: nothing of it can still begin a stop text, and nothing is
  ///          part of a stop text or follows one
  Text push(size_t bytes);
  /// As push() for the last part of the text: holds nothing back.
  Text finish(size_t bytes);
  bool has_stopped() const { return has_stopped_; }

 private:
  size_t first_stop(Text text) const;
  size_t undecided_bytes(Text text) const;

  Span<const Text> stop_texts_;
  Span<char> buffer_;
  size_t held_begin_ = 0;
  size_t held_bytes_ = 0;
  bool has_stopped_ = false;
};

}  // namespace nibble
