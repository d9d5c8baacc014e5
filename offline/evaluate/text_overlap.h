// Whether two texts share so much that one may not judge what was fitted to the other.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace nibble::offline {

/// A run of this many words is taken for a copy where it occurs in both texts (Brown et al. 2020,
/// "Language Models are Few-Shot Learners", appendix C).
inline constexpr size_t kOverlapWords = 13;

/// Texts of one kind share some runs by nature: licenses, headings, stock phrases; between the
/// project's own texts it is 2 % at most. What is above this share was copied.
inline constexpr double kMostSharedRuns = 0.05;

/// The share of different runs of kOverlapWords words that both texts have, of the text that has
/// fewer of them, 0 … 1; 0 where a text has no words. Words are what white space separates; a text
/// of fewer words is one run. Runs are compared by 64-bit hashes. Takes 8 bytes per word.
double shared_runs(std::string_view text, std::string_view other);

/// Throws InputError, naming both files, when `validation` is one of the calibration files under
/// any name, or shares more than kMostSharedRuns with one of them.
void require_disjoint(const std::vector<std::filesystem::path>& calibration,
                      const std::filesystem::path& validation);

}  // namespace nibble::offline
