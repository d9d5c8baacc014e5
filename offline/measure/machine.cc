// Reads /proc and asks the system.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/machine.h"

#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

#include "offline/files/text.h"

namespace nibble::offline {
namespace {

/// What follows "name :" in a file of /proc; "" where there is no such line.
std::string value_of(const char* path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(':');
    if (!line.starts_with(name) || colon == std::string::npos) continue;
    const size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

std::string processor_name(const utsname& system) {
  for (const char* const name : {"model name", "Model", "uarch", "cpu model"}) {
    const std::string value = value_of("/proc/cpuinfo", name);
    if (!value.empty()) return valid_utf8(value);
  }
  return system.machine;
}

/// Of all processors together, idle and waiting excluded; what guests take is in the first two.
double busy_seconds() {
  std::ifstream file("/proc/stat");
  std::string word;
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, hard = 0, soft = 0, stolen = 0;
  file >> word >> user >> nice >> system >> idle >> waiting >> hard >> soft >> stolen;
  const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return (user + nice + system + hard + soft + stolen) / ticks;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

double own_seconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace

HostFacts machine_facts() {
  utsname system{};
  ::uname(&system);
  HostFacts facts;
  facts.cpu = processor_name(system);
  facts.kernel = std::string(system.sysname) + " " + system.release + " " + system.machine;
  facts.cores = static_cast<uint32_t>(std::max(1L, ::sysconf(_SC_NPROCESSORS_ONLN)));
  facts.ram_bytes = static_cast<uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                    static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return facts;
}

OtherLoad::OtherLoad()
    : start_(std::chrono::steady_clock::now()),
      machine_seconds_(busy_seconds()),
      own_seconds_(own_seconds()) {}

double OtherLoad::cpus() const {
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  const double others = busy_seconds() - machine_seconds_ - (own_seconds() - own_seconds_);
  return elapsed.count() > 0 ? std::max(0.0, others / elapsed.count()) : 0;
}

}  // namespace nibble::offline
