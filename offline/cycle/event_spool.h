// Events that wait for a command to take them, oldest first, across runs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace nibble::offline {

struct DeliveryOptions {
  std::string command;
  std::chrono::milliseconds timeout{10'000};
  uint32_t attempts = 3;
  std::chrono::milliseconds pause{200};  ///< before the second attempt; doubles with each
};

struct DeliveryResult {
  size_t delivered = 0, waiting = 0;
  std::string failure;  ///< of the first event that waits
};

/// A folder with a file per event. The files' names have the order: no clock does.
class EventSpool {
 public:
  explicit EventSpool(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Whole or not at all; once, however often it is asked for. Throws OutputError.
  void add(const std::string& event_id, const std::string& line);
  /// The files of events, in order.
  std::vector<std::filesystem::path> waiting() const;
  /// Removes what killed processes left of add(). @pre nobody else adds now
  void remove_unfinished();
  /// Gives one event after the other to the command, and stops at the first that it does not take.
  /// An event leaves the spool when the command has ended with 0. Throws InputError and
  /// OutputError.
  DeliveryResult deliver(const DeliveryOptions& options);

 private:
  std::filesystem::path folder_;
};

}  // namespace nibble::offline
