// A blob as a relocatable object: what a linker puts into an image, a kernel or a module.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "offline/files/output_file.h"

namespace nibble::offline {

/// What distinguishes the objects that one machine's linkers accept together.
struct ObjectTarget {
  std::string name;        ///< as --target takes it
  uint16_t machine = 0;    ///< e_machine
  uint32_t elf_flags = 0;  ///< e_flags: linkers compare them, even for data
};

/// The targets are x86_64, aarch64, riscv64 (double-float ABI, for bare metal and processes) and
/// riscv64-linux (soft-float ABI, for the kernel and its modules).
const std::vector<ObjectTarget>& object_targets();
/// Null when there is no such target.
const ObjectTarget* find_object_target(std::string_view name);

struct ObjectNames {
  std::string prefix = "nibble_model";    ///< of the symbols PREFIX_start, _end and _size
  std::string section = ".rodata.model";  ///< read-only, 64-byte aligned
};

/// Writes ELF64, little-endian, without relocations, and with the mark that it needs no executable
/// stack. PREFIX_size is a 64-bit number in memory; the symbols are hidden, so that each image has
/// its own.
/// Throws OutputError; the caller commits.
void write_object(std::span<const std::byte> blob, const ObjectTarget& target,
                  const ObjectNames& names, OutputFile& output);

}  // namespace nibble::offline
