// Files named by a number and the event's identity.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/event_spool.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <thread>

#include "offline/cycle/shell_command.h"
#include "offline/files/input_file.h"
#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

constexpr size_t kNumberDigits = 12;
constexpr uint64_t kMaxEventBytes = 1u << 20;

/// "000000000007-<event>.json"; what OutputFile has not finished has another name.
bool is_event_name(const std::string& name) {
  return name.size() > kNumberDigits && name[kNumberDigits] == '-' && name.ends_with(".json") &&
         std::all_of(name.begin(), name.begin() + kNumberDigits,
                     [](char byte) { return byte >= '0' && byte <= '9'; });
}

std::string event_id_of(const std::filesystem::path& file) {
  return file.stem().string().substr(kNumberDigits + 1);
}

std::string numbered(uint64_t number, const std::string& event_id) {
  char digits[kNumberDigits + 9];
  std::snprintf(digits, sizeof digits, "%0*llu", static_cast<int>(kNumberDigits),
                static_cast<unsigned long long>(number));
  return std::string(digits) + "-" + event_id + ".json";
}

std::optional<std::string> attempt(const std::filesystem::path& file,
                                   const DeliveryOptions& options) {
  const std::string line = read_input_file(file, kMaxEventBytes);
  std::optional<std::string> failure;
  auto pause = options.pause;
  for (uint32_t i = 0; i < options.attempts; ++i) {
    if (i != 0) {
      std::this_thread::sleep_for(pause);
      pause *= 2;
    }
    failure = run_shell_command({options.command, line, event_id_of(file), options.timeout});
    if (!failure) break;
  }
  return failure;
}

}  // namespace

void EventSpool::add(const std::string& event_id, const std::string& line) {
  const auto files = waiting();
  if (std::ranges::find(files, event_id, event_id_of) != files.end()) return;
  const uint64_t last = files.empty() ? 0 : std::stoull(files.back().filename().string());
  std::error_code error;
  std::filesystem::create_directories(folder_, error);  // what fails here fails again below
  write_output_file(folder_ / numbered(last + 1, event_id), line + "\n");
}

std::vector<std::filesystem::path> EventSpool::waiting() const {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder_, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    if (is_event_name(entry->path().filename())) files.push_back(entry->path());
  }
  std::ranges::sort(files);
  return files;
}

void EventSpool::remove_unfinished() {
  std::error_code error;
  std::filesystem::directory_iterator entry(folder_, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    std::error_code ignored;
    const bool is_hidden = entry->path().filename().string().starts_with('.');
    if (is_hidden) std::filesystem::remove(entry->path(), ignored);
  }
}

DeliveryResult EventSpool::deliver(const DeliveryOptions& options) {
  DeliveryResult result;
  const auto files = waiting();
  for (const std::filesystem::path& file : files) {
    if (const auto failure = attempt(file, options)) {
      result.failure = *failure;
      break;
    }
    std::error_code error;
    if (!std::filesystem::remove(file, error)) throw OutputError(file, "cannot be removed");
    ++result.delivered;
  }
  sync_folder(folder_);
  result.waiting = files.size() - result.delivered;
  return result;
}

}  // namespace nibble::offline
