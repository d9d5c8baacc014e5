// Documents as Markdown.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/document.h"

#include <algorithm>

#include "offline/files/text.h"
#include "offline/publish/card_links.h"
#include "offline/report/markdown.h"

namespace nibble::offline {
namespace {

size_t longest_run(const std::string& text, char wanted) {
  size_t longest = 0, run = 0;
  for (const char byte : text) {
    run = byte == wanted ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

std::string one_line(const std::string& text) {
  std::string line = without_controls(valid_utf8(text));
  std::ranges::replace(line, '\n', ' ');
  return line;
}

/// Whatever is in the text, the marks around it are more.
std::string markdown_code(const std::string& text) {
  const std::string marks(longest_run(text, '`') + 1, '`');
  const char* const pad = text.starts_with('`') || text.ends_with('`') ? " " : "";
  return marks + pad + one_line(text) + pad + marks;
}

std::string markdown_span(const TextSpan& span) {
  switch (span.kind) {
    case TextSpan::Kind::Strong:
      return "**" + markdown_text(span.text) + "**";
    case TextSpan::Kind::Code:
      return markdown_code(span.text);
    case TextSpan::Kind::Link:
      return "[" + markdown_text(span.text) + "](<" + link_target(span.target) + ">)";
    case TextSpan::Kind::Plain:
      break;
  }
  return markdown_text(span.text);
}

std::string markdown_spans(const Spans& spans) {
  std::string text;
  for (const TextSpan& span : spans) text += markdown_span(span);
  return text;
}

struct MarkdownBlock {
  std::string operator()(const Heading& heading) const {
    return std::string(static_cast<size_t>(heading.level), '#') + " " +
           markdown_text(heading.text) + "\n";
  }
  std::string operator()(const Paragraph& paragraph) const {
    return markdown_spans(paragraph.spans) + "\n";
  }
  std::string operator()(const ItemList& list) const {
    std::string text;
    for (const Spans& item : list.items) text += "* " + markdown_spans(item) + "\n";
    return text;
  }
  std::string operator()(const Table& table) const {
    std::string text = markdown_head(table.columns);
    for (std::vector<std::string> row : table.rows) {
      for (std::string& cell : row) cell = markdown_text(cell);
      text += markdown_row(row);
    }
    return text;
  }
  std::string operator()(const CodeBlock& block) const {
    const std::string fence(std::max<size_t>(3, longest_run(block.text, '`') + 1), '`');
    const bool is_ended = block.text.ends_with('\n');
    return fence + block.language + "\n" + valid_utf8(block.text) + (is_ended ? "" : "\n") + fence +
           "\n";
  }
  std::string operator()(const Picture& picture) const {
    return "![" + markdown_text(picture.description) + "](<" + link_target(picture.file) + ">)\n";
  }
};

}  // namespace

TextSpan plain(std::string text) {
  return {TextSpan::Kind::Plain, std::move(text)};
}
TextSpan strong(std::string text) {
  return {TextSpan::Kind::Strong, std::move(text)};
}
TextSpan code(std::string text) {
  return {TextSpan::Kind::Code, std::move(text)};
}
TextSpan link(std::string text, std::string target) {
  return {TextSpan::Kind::Link, std::move(text), std::move(target)};
}

std::string markdown_of(const Document& document) {
  std::string text;
  for (const Block& block : document) {
    text += (text.empty() ? "" : "\n") + std::visit(MarkdownBlock(), block);
  }
  return text;
}

}  // namespace nibble::offline
