// The protobuf of tokenizer.model, and the greedy merge: best score first, leftmost among equals.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/reference_tokenizer.h"

#include <cstring>
#include <fstream>
#include <functional>
#include <iterator>
#include <stdexcept>

namespace nibble::test {
namespace {

uint64_t varint(const std::string& bytes, size_t& at) {
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.at(at++));
    value |= uint64_t{byte & 127u} << shift;
    if (byte < 128) return value;
  }
}

/// Calls visit(field number, varint value, bytes) for each field of a protobuf message.
void visit_fields(const std::string& message,
                  const std::function<void(uint64_t, uint64_t, const std::string&)>& visit) {
  for (size_t at = 0; at < message.size();) {
    const uint64_t key = varint(message, at);
    const uint64_t wire_type = key & 7;
    const uint64_t number = wire_type == 0 || wire_type == 2 ? varint(message, at) : 0;
    const uint64_t length = wire_type == 2 ? number : wire_type == 5 ? 4 : wire_type == 1 ? 8 : 0;
    visit(key >> 3, number, message.substr(at, length));
    at += length;
  }
}

std::string with_plain_spaces(std::string text) {
  const std::string mark = "\xE2\x96\x81";
  for (size_t at = 0; (at = text.find(mark, at)) != std::string::npos;) text.replace(at, 3, " ");
  return text;
}

size_t character_bytes(const std::string& text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  return lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

}  // namespace

ReferenceTokenizer::Piece ReferenceTokenizer::read_piece(const std::string& message) {
  Piece piece;
  visit_fields(message, [&](uint64_t field, uint64_t number, const std::string& bytes) {
    if (field == 1) piece.text = with_plain_spaces(bytes);
    if (field == 2) std::memcpy(&piece.score, bytes.data(), 4);
    if (field == 3) piece.type = number;
  });
  return piece;
}

ReferenceTokenizer::ReferenceTokenizer(const std::filesystem::path& tokenizer_model) {
  std::ifstream file(tokenizer_model, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (bytes.empty()) throw std::runtime_error("cannot read " + tokenizer_model.string());
  visit_fields(bytes, [&](uint64_t field, uint64_t, const std::string& message) {
    if (field == 1) pieces_.push_back(read_piece(message));
  });
  for (uint32_t id = 0; id < pieces_.size(); ++id) {
    Piece& piece = pieces_[id];
    if (piece.type == 6) {  // "<0x41>" stands for the byte
      const int byte = std::stoi(piece.text.substr(3, 2), nullptr, 16);
      byte_ids_[byte] = id;
      piece.text = std::string(1, static_cast<char>(byte));
    } else if (piece.type == 1 || piece.type == 4) {
      by_text_.emplace(piece.text, id);
    }
  }
}

void ReferenceTokenizer::encode_word(const std::string& word, std::vector<uint32_t>& ids) const {
  std::vector<std::string> parts;
  for (size_t at = 0; at < word.size(); at += parts.back().size())
    parts.push_back(word.substr(at, character_bytes(word, at)));
  for (;;) {
    size_t best = parts.size();
    float best_score = 0;
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      const auto merged = by_text_.find(parts[i] + parts[i + 1]);
      if (merged == by_text_.end()) continue;
      const float score = pieces_[merged->second].score;
      if (best == parts.size() || score > best_score) best = i, best_score = score;
    }
    if (best == parts.size()) break;
    parts[best] += parts[best + 1];
    parts.erase(parts.begin() + static_cast<ptrdiff_t>(best) + 1);
  }
  for (const std::string& part : parts) {
    const auto known = by_text_.find(part);
    if (known != by_text_.end())
      ids.push_back(known->second);
    else
      for (const char byte : part) ids.push_back(byte_ids_[static_cast<unsigned char>(byte)]);
  }
}

std::vector<uint32_t> ReferenceTokenizer::encode(const std::string& text) const {
  // No piece has a space behind another character, so that words can be merged one at a time.
  const std::string whole = " " + text;
  std::vector<uint32_t> ids;
  for (size_t begin = 0, at = 1; at <= whole.size(); ++at)
    if (at == whole.size() || (whole[at] == ' ' && whole[at - 1] != ' ')) {
      encode_word(whole.substr(begin, at - begin), ids);
      begin = at;
    }
  return ids;
}

std::string ReferenceTokenizer::decode(const std::vector<uint32_t>& ids) const {
  std::string text;
  for (const uint32_t id : ids) {
    const Piece& piece = pieces_.at(id);
    if (piece.type != 2 && piece.type != 3) text += piece.text;
  }
  return text.starts_with(' ') ? text.substr(1) : text;
}

}  // namespace nibble::test
