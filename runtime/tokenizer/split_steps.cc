// One function per way to cut text: where a match that begins here ends.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/word_splitter.h"

namespace nibble {
namespace {

using format::SplitStep;

constexpr ClassSet kWords = kLetters | kNumbers;
constexpr ClassSet kNeither = kAnyClass & ~(kSpaces | kWords);  // [^\s\p{L}\p{N}]
constexpr uint32_t kLongS = 0x17F;                              // folds to s

bool in_range(const Character& c, uint32_t first, uint32_t last) {
  return c.code >= first && c.code <= last;
}

/// `text` as a set of code points, all ASCII.
bool is_one_of(const Character& c, const char* text) {
  for (; *text != 0; ++text) {
    if (c.code == static_cast<uint8_t>(*text)) return true;
  }
  return false;
}

size_t line_breaks(const Characters& text, size_t at) {
  for (Character c = text.at(at); c.is_line_break(); c = text.at(at)) at += c.bytes;
  return at;
}

uint32_t lower(const Character& c, bool folds_case) {
  if (!folds_case) return c.code;
  if (c.code == kLongS) return 's';
  return in_range(c, 'A', 'Z') ? c.code + ('a' - 'A') : c.code;
}

/// 's|'t|'re|'ve|'m|'ll|'d @pre the character at `at` is an apostrophe @returns `at` for none
size_t contraction(const Characters& text, size_t at, bool folds_case) {
  const Character first = text.at(at + 1);
  const uint32_t one = lower(first, folds_case);
  const size_t end = at + 1 + first.bytes;
  if (one == 's' || one == 't' || one == 'm' || one == 'd') return end;
  const Character second = text.at(end);
  const uint32_t two = lower(second, folds_case);
  const bool is_long = ((one == 'r' || one == 'v') && two == 'e') || (one == 'l' && two == 'l');
  return is_long ? end + second.bytes : at;
}

/// \s*[\r\n]+ (where wanted)|\s+(?!\S)|\s+ @pre a space is at `at`
size_t spaces(const Characters& text, size_t at, bool ends_at_line_break) {
  size_t end = at, last = at, behind_break = at;
  for (Character c = text.at(end); c.is(kSpaces); c = text.at(end)) {
    last = end;
    end += c.bytes;
    if (c.is_line_break()) behind_break = end;
  }
  if (ends_at_line_break && behind_break != at) return behind_break;
  return end == text.size() || last == at ? end : last;
}

size_t gpt2(const Characters& text, size_t at) {
  const Character c = text.at(at);
  if (c.code == '\'') {
    const size_t end = contraction(text, at, /*folds_case=*/false);
    if (end != at) return end;
  }
  const size_t begin = c.code == ' ' && !text.at(at + 1).is(kSpaces | kEndOfText) ? at + 1 : at;
  const Character first = text.at(begin);
  if (first.is(kLetters)) return text.run(begin, kLetters);
  if (first.is(kNumbers)) return text.run(begin, kNumbers);
  if (first.is(kNeither)) return text.run(begin, kNeither);
  return spaces(text, at, /*ends_at_line_break=*/false);
}

size_t up_to_three_digits(const Characters& text, size_t at) {
  for (int i = 0; i < 3 && text.at(at).is(kNumbers); ++i) at += text.at(at).bytes;
  return at;
}

size_t llama3(const Characters& text, size_t at, bool single_digits) {
  const Character c = text.at(at), next = text.at(at + c.bytes);
  if (c.code == '\'') {
    const size_t end = contraction(text, at, /*folds_case=*/true);
    if (end != at) return end;
  }
  if (c.is(kLetters)) return text.run(at, kLetters);
  if (c.is(kNumbers)) return single_digits ? at + c.bytes : up_to_three_digits(text, at);
  if (!c.is_line_break() && next.is(kLetters)) return text.run(at + c.bytes, kLetters);
  if (c.is(kNeither) || (c.code == ' ' && next.is(kNeither)))
    return line_breaks(text, text.run(at + (c.code == ' '), kNeither));
  return spaces(text, at, /*ends_at_line_break=*/true);
}

/// [ASCII punctuation][A-Za-z]+|[^\r\nLPS]?[LM]+| ?[PS]+[\r\n]*| and spaces as in llama3()
size_t deepseek3(const Characters& text, size_t at) {
  constexpr ClassSet kPS = kPunctuation | kSymbols, kLM = kLetters | kMarks;
  const auto is_ascii_letter = [](const Character& x) { return x.code < 0x80 && x.is(kLetters); };
  const Character c = text.at(at), next = text.at(at + c.bytes);
  if (c.code < 0x80 && c.is(kPS) && is_ascii_letter(next)) {
    size_t end = at + 1;
    while (is_ascii_letter(text.at(end))) ++end;
    return end;
  }
  if (!c.is_line_break() && !c.is(kLetters | kPS) && next.is(kLM))
    return text.run(at + c.bytes, kLM);
  if (c.is(kLM)) return text.run(at, kLM);
  if (c.is(kPS) || (c.code == ' ' && next.is(kPS)))
    return line_breaks(text, text.run(at + (c.code == ' '), kPS));
  return c.is(kSpaces) ? spaces(text, at, /*ends_at_line_break=*/true) : at;
}

bool is_deepseek_mark(const Character& c) {
  return in_range(c, '!', '/') || in_range(c, ':', '~') || in_range(c, 0xFF01, 0xFF0F) ||
         in_range(c, 0xFF1A, 0xFF5E) || in_range(c, 0x2018, 0x201F) || in_range(c, 0x3000, 0x3002);
}

/// Whether a step's match may have the character in its run.
bool is_in_run(SplitStep step, const Character& c) {
  switch (step) {
    case SplitStep::Digit:
    case SplitStep::Digits:
    case SplitStep::Digits3:
      return c.is(kNumbers);
    case SplitStep::Ascii3Digits:
      return in_range(c, '0', '9');
    case SplitStep::Punctuation:
      return c.is(kPunctuation) || is_one_of(c, "$+<=>^~|`");
    case SplitStep::LineBreak:
      return c.is_line_break();
    case SplitStep::Letters:
      return c.is(kLetters);
    case SplitStep::Marks:
      return c.is(kPunctuation);
    case SplitStep::DeepSeekMarks:
      return is_deepseek_mark(c);
    case SplitStep::Cjk:
      return in_range(c, 0x4E00, 0x9FA5) || in_range(c, 0x800, 0x4E00) ||
             in_range(c, 0xAC00, 0xD7FF);
    case SplitStep::CjkKana:
      return in_range(c, 0x4E00, 0x9FA5) || in_range(c, 0x3040, 0x30FF);
    default:
      return false;
  }
}

/// A run of characters that a step names: of as many as it allows, perhaps behind a space.
size_t run_of(SplitStep step, const Characters& text, size_t at) {
  const bool may_lead =
      step == SplitStep::Letters || step == SplitStep::Marks || step == SplitStep::DeepSeekMarks;
  const bool counts = step == SplitStep::Digits3 || step == SplitStep::Ascii3Digits;
  size_t most = SIZE_MAX;
  if (step == SplitStep::Digit || step == SplitStep::LineBreak) most = 1;
  if (counts) most = 3;

  size_t end = at;
  const Character first = text.at(at);
  if (may_lead && first.is(kSpaces) && is_in_run(step, text.at(at + first.bytes)))
    end += first.bytes;
  size_t characters = 0;
  for (Character c = text.at(end); characters < most && is_in_run(step, c); c = text.at(end)) {
    end += c.bytes;
    ++characters;
  }
  if (step == SplitStep::Ascii3Digits && characters != 3) return at;
  return end;
}

/// The end of a match that begins at `at`; `at` if none does.
size_t match(SplitStep step, const Characters& text, size_t at) {
  if (step == SplitStep::Gpt2) return gpt2(text, at);
  if (step == SplitStep::Llama3 || step == SplitStep::Qwen2)
    return llama3(text, at, step == SplitStep::Qwen2);
  if (step == SplitStep::DeepSeek3) return deepseek3(text, at);
  return run_of(step, text, at);
}

/// \s+$: what a run of spaces that goes on with something else is not.
size_t last_spaces(const Characters& text, size_t begin) {
  for (size_t at = begin; at < text.size();) {
    const size_t end = text.run(at, kSpaces);
    if (end == text.size()) return at == begin ? end : at;
    at = end + text.at(end).bytes;
  }
  return text.size();
}

/// Before each space, or before the first of each run of spaces.
size_t before_space(const Characters& text, size_t begin, bool each) {
  size_t end = begin + 1;
  const auto is_space = [&text](size_t at) { return text.byte(at) == ' '; };
  while (end < text.size() && (!is_space(end) || (!each && is_space(end - 1)))) ++end;
  return end;
}

}  // namespace

size_t split_end(SplitStep step, const Characters& text, size_t begin) {
  if (step == SplitStep::Spaces || step == SplitStep::SpaceRuns)
    return before_space(text, begin, step == SplitStep::Spaces);
  if (step == SplitStep::LastSpaces) return last_spaces(text, begin);
  for (size_t at = begin; at < text.size(); at += text.at(at).bytes) {
    const size_t end = match(step, text, at);
    if (end != at) return at == begin ? end : at;
  }
  return text.size();
}

}  // namespace nibble
