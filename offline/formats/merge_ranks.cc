// Proves that a list of merges is SentencePiece's rule, and turns it into one rank per piece.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/merge_ranks.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <unordered_map>

#include "offline/files/input_error.h"
#include "runtime/core/utf8.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

/// The positions, in the list, of the merges that make one piece.
struct Merges {
  uint32_t token;
  size_t first = SIZE_MAX, last = 0, count = 0;
};

size_t character_bytes(std::string_view text) {
  return utf8_prefix({text.data(), text.size()}).bytes;
}

bool repeats_one_character(std::string_view text) {
  const size_t bytes = character_bytes(text);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != text[i % bytes]) return false;
  }
  return true;
}

class MergeList {
 public:
  MergeList(const std::vector<std::string>& written, std::vector<Piece>& pieces,
            const std::string& where)
      : written_(written), pieces_(pieces), where_(where) {
    for (uint32_t token = 0; token < written.size(); ++token) {
      token_of_.emplace(written[token], token);
      merges_.push_back({token});
    }
  }

  void add(const Json& merge);
  void check_complete() const;
  void set_ranks();

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(where_ + "/" + std::to_string(index_), what);
  }
  bool is_piece(std::string_view text) const { return token_of_.contains(text); }
  bool is_normal(std::string_view text) const {
    const auto found = token_of_.find(text);
    return found != token_of_.end() && pieces_[found->second].type == format::PieceType::Normal;
  }
  void add_line(std::string_view line);
  void add_pair(std::string_view left, std::string_view right);
  void check_class(const std::vector<Merges>& made, size_t first, size_t last) const;

  const std::vector<std::string>& written_;
  std::vector<Piece>& pieces_;
  const std::string& where_;
  std::unordered_map<std::string_view, uint32_t> token_of_;
  std::vector<Merges> merges_;                  // by token
  std::set<std::pair<uint32_t, size_t>> seen_;  // token, bytes of its left part
  size_t index_ = 0;
};

void MergeList::add(const Json& merge) {
  const bool is_pair =
      merge.is_array() && merge.size() == 2 && merge[0].is_string() && merge[1].is_string();
  if (is_pair) {
    add_pair(merge[0].get_ref<const std::string&>(), merge[1].get_ref<const std::string&>());
  } else if (merge.is_string()) {
    add_line(merge.get_ref<const std::string&>());
  } else {
    fail("is neither a text nor a pair of texts");
  }
  ++index_;
}

/// A line with several spaces merges pieces that hold plain spaces, which text never reaches: that
/// it can be read as one is all that matters.
void MergeList::add_line(std::string_view line) {
  const size_t space = line.find(' ');
  if (space == std::string_view::npos) fail("has no space between its two parts");
  if (line.find(' ', space + 1) == std::string_view::npos) {
    return add_pair(line.substr(0, space), line.substr(space + 1));
  }
  // Each of its spaces costs a look at the whole line.
  if (line.size() > 2 * kMaxWrittenPieceBytes + 1) fail("is longer than two pieces can be");
  for (size_t at = space; at != std::string_view::npos; at = line.find(' ', at + 1)) {
    if (is_piece(line.substr(0, at)) && is_piece(line.substr(at + 1))) return;
  }
  fail("has several spaces, and no way to read it as two pieces");
}

void MergeList::add_pair(std::string_view left, std::string_view right) {
  if (!is_piece(left) || !is_piece(right)) fail("merges a text that is not in the vocabulary");
  const auto made = token_of_.find(std::string(left) + std::string(right));
  if (made == token_of_.end()) fail("makes a text that is not in the vocabulary");
  if (!is_normal(left) || !is_normal(right) || !is_normal(made->first)) return;
  if (!seen_.emplace(made->second, left.size()).second) fail("is given twice");

  Merges& merges = merges_[made->second];
  merges.first = std::min(merges.first, index_);
  merges.last = index_;
  ++merges.count;
}

void MergeList::check_complete() const {
  for (const Merges& merges : merges_) {
    const std::string_view text = written_[merges.token];
    if (!is_normal(text)) continue;
    size_t splits = 0;
    for (size_t at = character_bytes(text); at < text.size();
         at += character_bytes(text.substr(at))) {
      splits += is_normal(text.substr(0, at)) && is_normal(text.substr(at));
    }
    if (splits != merges.count) {
      throw InputError(where_, "has " + std::to_string(merges.count) + " of the " +
                                   std::to_string(splits) + " merges that make '" +
                                   std::string(text) +
                                   "': not a tokenizer converted from SentencePiece");
    }
  }
}

/// Pieces [first, last) share a rank because their merges mix.
void MergeList::check_class(const std::vector<Merges>& made, size_t first, size_t last) const {
  if (last - first < 2) return;
  for (size_t i = first; i < last; ++i) {
    const std::string& text = written_[made[i].token];
    if (repeats_one_character(text)) continue;
    throw InputError(where_ + "/" + std::to_string(made[i].first),
                     "merges '" + text +
                         "' among the merges of other pieces: not a tokenizer "
                         "converted from SentencePiece");
  }
}

void MergeList::set_ranks() {
  std::vector<Merges> made;
  std::copy_if(merges_.begin(), merges_.end(), std::back_inserter(made),
               [](const Merges& merges) { return merges.count != 0; });
  std::sort(made.begin(), made.end(),
            [](const Merges& a, const Merges& b) { return a.first < b.first; });
  uint32_t rank = 0;
  for (size_t begin = 0; begin < made.size(); ++rank) {
    size_t end = begin, last = made[begin].last;
    for (; end < made.size() && made[end].first <= last; ++end) {
      last = std::max(last, made[end].last);
      pieces_[made[end].token].rank = rank;
    }
    check_class(made, begin, end);
    begin = end;
  }
}

}  // namespace

void set_merge_ranks(const JsonValue& merges, const std::vector<std::string>& written,
                     std::vector<Piece>& pieces) {
  if (!merges.json().is_array()) merges.refuse("is not a list of merges");
  const std::string where = merges.path();
  MergeList list(written, pieces, where);
  for (const Json& merge : merges.json()) list.add(merge);
  list.check_complete();
  list.set_ranks();
}

}  // namespace nibble::offline
