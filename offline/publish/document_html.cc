// Documents as HTML, with their style sheet and pictures inside.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/text.h"
#include "offline/publish/card_links.h"
#include "offline/publish/document.h"
#include "offline/report/svg.h"

namespace nibble::offline {
namespace {

constexpr const char* kStyle =
    ":root { --page: #fff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --shade: #f6f8fa;"
    " --link: #0969da; color-scheme: light dark; }\n"
    "@media (prefers-color-scheme: dark) { :root { --page: #0d1117; --ink: #e6edf3;"
    " --soft: #9198a1; --line: #3d444d; --shade: #151b23; --link: #4493f8; } }\n"
    "body { background: var(--page); color: var(--ink); font: 16px/1.55 sans-serif;"
    " max-width: 62rem; margin: 2rem auto; padding: 0 1.5rem; overflow-wrap: break-word; }\n"
    "h1, h2 { border-bottom: 1px solid var(--line); padding-bottom: .3em; }\n"
    "h1, h2, h3 { line-height: 1.25; margin: 1.6em 0 .6em; }\n"
    "a { color: var(--link); }\n"
    ".wide { overflow-x: auto; }\n"
    "table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }\n"
    "th, td { border: 1px solid var(--line); padding: .35rem .7rem; text-align: left;"
    " vertical-align: top; }\n"
    "th { background: var(--shade); }\n"
    ".right { text-align: right; }\n"
    "td:first-child, td.right { white-space: nowrap; }\n"
    "code, pre { background: var(--shade); border-radius: 6px; font: .85em/1.5 monospace; }\n"
    "code { padding: .15em .35em; }\n"
    "pre { padding: 1rem; white-space: pre-wrap; }\n"
    "svg { max-width: 100%; height: auto; display: block; margin: 1.5rem 0; }\n";

/// Code keeps its line breaks, which xml_text() would not.
std::string code_text(const std::string& text) {
  std::string safe;
  size_t start = 0;
  while (start <= text.size()) {
    const size_t end = std::min(text.find('\n', start), text.size());
    safe += xml_text(text.substr(start, end - start)) + (end < text.size() ? "\n" : "");
    start = end + 1;
  }
  return safe;
}

std::string element(const std::string& name, const std::string& content) {
  return "<" + name + ">" + content + "</" + name.substr(0, name.find(' ')) + ">";
}

std::string html_span(const TextSpan& span) {
  switch (span.kind) {
    case TextSpan::Kind::Strong:
      return element("strong", xml_text(span.text));
    case TextSpan::Kind::Code:
      return element("code", xml_text(span.text));
    case TextSpan::Kind::Link:
      return element("a href=\"" + xml_text(link_target(span.target)) + "\"", xml_text(span.text));
    case TextSpan::Kind::Plain:
      break;
  }
  return xml_text(span.text);
}

std::string html_spans(const Spans& spans) {
  std::string text;
  for (const TextSpan& span : spans) text += html_span(span);
  return text;
}

std::string cell_name(const char* name, Align align) {
  return name + std::string(align == Align::Right ? " class=\"right\"" : "");
}

struct HtmlBlock {
  std::string operator()(const Heading& heading) const {
    return element("h" + std::to_string(heading.level), xml_text(heading.text));
  }
  std::string operator()(const Paragraph& paragraph) const {
    return element("p", html_spans(paragraph.spans));
  }
  std::string operator()(const ItemList& list) const {
    std::string items;
    for (const Spans& item : list.items) items += element("li", html_spans(item)) + "\n";
    return element("ul", "\n" + items);
  }
  std::string operator()(const Table& table) const {
    std::string rows;
    for (const TextTable::Column& column : table.columns) {
      rows += element(cell_name("th", column.align), xml_text(column.title));
    }
    rows = element("tr", rows) + "\n";
    for (const std::vector<std::string>& row : table.rows) {
      std::string cells;
      for (size_t i = 0; i < row.size(); ++i) {
        cells += element(cell_name("td", table.columns[i].align), xml_text(row[i]));
      }
      rows += element("tr", cells) + "\n";
    }
    return element("div class=\"wide\"", element("table", "\n" + rows));
  }
  std::string operator()(const CodeBlock& block) const {
    return element("pre", code_text(block.text));
  }
  std::string operator()(const Picture& picture) const { return picture.svg; }
};

}  // namespace

std::string html_of(const Document& document, const std::string& title) {
  std::string body;
  for (const Block& block : document) body += std::visit(HtmlBlock(), block) + "\n";
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width\">\n" +
         element("title", xml_text(title)) + "\n" + element("style", std::string("\n") + kStyle) +
         "\n</head>\n<body>\n" + body + "</body>\n</html>\n";
}

}  // namespace nibble::offline
