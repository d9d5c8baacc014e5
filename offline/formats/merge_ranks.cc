// Proves that one rank per piece says the same as a list of merges of pairs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/merge_ranks.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_map>

#include "offline/files/input_error.h"
#include "runtime/core/utf8.h"

namespace nibble::offline {
namespace {

/// The positions, in the list, of the merges that make one piece.
struct Merges {
  uint32_t token;
  size_t first = SIZE_MAX, last = 0, count = 0;
  uint16_t left_bytes = 0;  // of the last of them
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
  MergeList(const std::vector<std::string>& written, Vocabulary& vocabulary,
            const std::string& where)
      : written_(written), pieces_(vocabulary.pieces), where_(where) {
    for (uint32_t token = 0; token < written.size(); ++token) {
      token_of_.emplace(written[token], token);
      merges_.push_back({token});
    }
  }

  void add(const Merge& merge);
  /// @returns whether a piece has fewer merges than splits
  bool set_splits();
  void set_ranks();

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(where_ + "/" + std::to_string(index_), what);
  }
  uint32_t token_of(std::string_view text, const char* what) const {
    const auto found = token_of_.find(text);
    if (found == token_of_.end()) fail(what);
    return found->second;
  }
  bool is_normal(uint32_t token) const { return pieces_[token].type == format::PieceType::Normal; }
  bool is_normal(std::string_view text) const {
    const auto found = token_of_.find(text);
    return found != token_of_.end() && is_normal(found->second);
  }
  size_t splits_of(std::string_view text) const;
  void check_class(const std::vector<Merges>& made, size_t first, size_t last) const;

  const std::vector<std::string>& written_;
  std::vector<Piece>& pieces_;
  const std::string& where_;
  std::unordered_map<std::string_view, uint32_t> token_of_;
  std::vector<Merges> merges_;                  // by token
  std::set<std::pair<uint32_t, size_t>> seen_;  // token, bytes of its left part
  size_t index_ = 0;
};

void MergeList::add(const Merge& merge) {
  const uint32_t left = token_of(merge.left, "merges a text that is not in the vocabulary");
  const uint32_t right = token_of(merge.right, "merges a text that is not in the vocabulary");
  const uint32_t made =
      token_of(merge.left + merge.right, "makes a text that is not in the vocabulary");
  const size_t index = index_++;
  if (!is_normal(left) || !is_normal(right) || !is_normal(made)) return;
  const size_t left_bytes = pieces_[left].text.size();
  if (!seen_.emplace(made, left_bytes).second) {
    --index_;
    fail("is given twice");
  }
  Merges& merges = merges_[made];
  merges.first = std::min(merges.first, index);
  merges.last = index;
  merges.left_bytes = static_cast<uint16_t>(left_bytes);
  ++merges.count;
}

size_t MergeList::splits_of(std::string_view text) const {
  size_t splits = 0;
  for (size_t at = character_bytes(text); at < text.size(); at += character_bytes(text.substr(at)))
    splits += is_normal(text.substr(0, at)) && is_normal(text.substr(at));
  return splits;
}

bool MergeList::set_splits() {
  bool names_splits = false;
  for (const Merges& merges : merges_) {
    if (merges.count == 0) continue;
    const std::string& text = written_[merges.token];
    const size_t splits = splits_of(text);
    if (splits == merges.count) continue;
    if (merges.count != 1) {
      throw InputError(where_, "has " + std::to_string(merges.count) + " of the " +
                                   std::to_string(splits) + " merges that make '" + text +
                                   "'; one or all of them are supported");
    }
    pieces_[merges.token].left_bytes = merges.left_bytes;
    names_splits = true;
  }
  return names_splits;
}

/// Pieces [first, last) share a rank because their merges mix.
void MergeList::check_class(const std::vector<Merges>& made, size_t first, size_t last) const {
  if (last - first < 2) return;
  for (size_t i = first; i < last; ++i) {
    const std::string& text = written_[made[i].token];
    if (repeats_one_character(text)) continue;
    throw InputError(where_ + "/" + std::to_string(made[i].first),
                     "merges '" + text +
                         "' among the merges of other pieces; the merges of a piece must come one "
                         "after the other");
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

void set_merge_ranks(const std::vector<Merge>& merges, const std::vector<std::string>& written,
                     Vocabulary& vocabulary, const std::string& where) {
  MergeList list(written, vocabulary, where);
  for (const Merge& merge : merges) list.add(merge);
  const bool names_splits = list.set_splits();
  list.set_ranks();
  if (names_splits || vocabulary.kind == format::TokenizerKind::ByteLevelBpe)
    vocabulary.flags |= format::kPairMerges;
}

}  // namespace nibble::offline
