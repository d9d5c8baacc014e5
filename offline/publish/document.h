// A page that is written once and rendered twice: as Markdown for hubs, as HTML for a preview.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "offline/report/text_table.h"

namespace nibble::offline {

/// A run of text from anywhere: what would be markup is escaped by whoever renders it.
struct TextSpan {
  enum class Kind { Plain, Strong, Code, Link };
  Kind kind = Kind::Plain;
  std::string text;
  std::string target = {};  ///< of a link: a file beside the page, or https://…
};
using Spans = std::vector<TextSpan>;

TextSpan plain(std::string text);
TextSpan strong(std::string text);
TextSpan code(std::string text);
TextSpan link(std::string text, std::string target);

struct Heading {
  int level;
  std::string text;
};
struct Paragraph {
  Spans spans;
};
struct ItemList {
  std::vector<Spans> items;
};
struct Table {
  std::vector<TextTable::Column> columns;
  std::vector<std::vector<std::string>> rows;
};
struct CodeBlock {
  std::string language, text;
};
/// An SVG picture, which Markdown names as a file and HTML holds.
struct Picture {
  std::string description, file, svg;
};
using Block = std::variant<Heading, Paragraph, ItemList, Table, CodeBlock, Picture>;
using Document = std::vector<Block>;

std::string markdown_of(const Document& document);
/// A whole page that needs no other file, readable in light and in dark.
std::string html_of(const Document& document, const std::string& title);

}  // namespace nibble::offline
