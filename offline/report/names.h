// The names of a blob's enumerators, in tables, JSON and options alike.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>

#include "runtime/format/ops.h"

namespace nibble::offline {

const char* name_of(format::TensorType type);
/// "role 37" for a role of a newer packer.
std::string name_of(format::Role role);
const char* name_of(format::OpCode code);
const char* name_of(format::Activation activation);
const char* name_of(format::KvType type);
const char* name_of(format::Storage storage);
const char* name_of(format::Codec codec);
const char* name_of(format::SectionKind kind);
const char* name_of(format::BufferType type);
const char* name_of(format::BufferRows rows);

/// "int4:128"; types without groups are their name alone.
std::string scheme_name(format::TensorType type, uint32_t group);

}  // namespace nibble::offline
