// Prints ops that may not have been verified: every index is compared with its table before it is
// used.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/program_text.h"

#include <bit>
#include <nlohmann/json.hpp>

#include "offline/report/blob_summary.h"
#include "offline/report/names.h"
#include "offline/report/text_table.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

std::string buffer_name(uint16_t index) {
  return index == format::kNone ? std::string() : "b" + std::to_string(index);
}

std::string tensor_name(const format::ManifestView& manifest, uint16_t index) {
  if (index == format::kNone) return {};
  if (index >= manifest.tensors().size()) return "t" + std::to_string(index);
  return string_of(manifest.tensor_name(index));
}

std::string joined(const std::string& first, const std::string& second) {
  return first.empty() || second.empty() ? first + second : first + ", " + second;
}

std::string argument_text(format::ArgumentKind kind, uint32_t argument) {
  switch (kind) {
    case format::ArgumentKind::None:
      return {};
    case format::ArgumentKind::Float:
    case format::ArgumentKind::OptionalFloat: {
      char text[32];
      std::snprintf(text, sizeof text, "%.9g", static_cast<double>(std::bit_cast<float>(argument)));
      return text;
    }
    case format::ArgumentKind::Integer:
      return std::to_string(argument);
    case format::ArgumentKind::Activation:
      return name_of(static_cast<format::Activation>(argument));
  }
  return {};
}

/// What an op has besides operands: "epsilon 1e-05", "accumulate".
std::string arguments_text(const format::OpRecord& op) {
  if (op.code >= format::OpCode::Count) return {};
  const format::OpRow& row = format::kOps[static_cast<size_t>(op.code)];
  std::string text = (op.flags & format::kOpAccumulate) != 0 ? "accumulate" : "";
  if ((op.flags & format::kOpByPosition) != 0) text = joined(text, "by position");
  for (size_t i = 0; i < format::kOpArguments; ++i) {
    if (row.arguments[i] == nullptr) continue;
    // What a later generation added says nothing where it is absent.
    if (i >= row.rules.first_arguments && op.argument[i] == 0) continue;
    const std::string value = argument_text(row.rules.arguments[i], op.argument[i]);
    text = joined(text, std::string(row.arguments[i]) + " " + value);
  }
  return text;
}

}  // namespace

std::string buffers_text(const format::ManifestView& manifest) {
  TextTable table({{"buffer"},
                   {"type"},
                   {"one row per"},
                   {"width", Align::Right},
                   {"row bytes", Align::Right},
                   {"row offset", Align::Right}});
  for (uint32_t i = 0; i < manifest.buffers().size(); ++i) {
    const format::BufferRecord& buffer = manifest.buffers()[i];
    const std::string group = buffer.group == 0 ? "" : ":" + std::to_string(buffer.group);
    table.add_row({"b" + std::to_string(i), name_of(buffer.type) + group, name_of(buffer.rows),
                   std::to_string(buffer.width), grouped(format::row_bytes(buffer)),
                   grouped(buffer.row_offset_bytes)});
  }
  return table.text();
}

std::string program_text(const format::ManifestView& manifest) {
  TextTable table({{"op", Align::Right},
                   {"code"},
                   {"layer", Align::Right},
                   {"writes"},
                   {"reads"},
                   {"tensors"},
                   {""}});
  for (uint32_t i = 0; i < manifest.ops().size(); ++i) {
    const format::OpRecord& op = manifest.ops()[i];
    table.add_row({std::to_string(i), name_of(op.code),
                   op.layer == format::kNoLayer ? "" : std::to_string(op.layer),
                   buffer_name(op.output),
                   joined(buffer_name(op.input[0]), buffer_name(op.input[1])),
                   joined(tensor_name(manifest, op.tensor[0]), tensor_name(manifest, op.tensor[1])),
                   arguments_text(op)});
  }
  return table.text();
}

nlohmann::ordered_json buffers_json(const format::ManifestView& manifest) {
  nlohmann::ordered_json buffers = nlohmann::ordered_json::array();
  for (const format::BufferRecord& buffer : manifest.buffers()) {
    buffers.push_back({{"type", name_of(buffer.type)},
                       {"rows", name_of(buffer.rows)},
                       {"group", buffer.group},
                       {"width", buffer.width},
                       {"row_bytes", format::row_bytes(buffer)},
                       {"row_offset_bytes", buffer.row_offset_bytes}});
  }
  return buffers;
}

nlohmann::ordered_json program_json(const format::ManifestView& manifest) {
  const auto index = [](uint16_t operand) {
    return operand == format::kNone ? nlohmann::ordered_json(nullptr)
                                    : nlohmann::ordered_json(operand);
  };
  nlohmann::ordered_json ops = nlohmann::ordered_json::array();
  for (const format::OpRecord& op : manifest.ops()) {
    ops.push_back({{"code", name_of(op.code)},
                   {"flags", op.flags},
                   {"layer", index(op.layer)},
                   {"output", index(op.output)},
                   {"inputs", {index(op.input[0]), index(op.input[1])}},
                   {"tensors", {index(op.tensor[0]), index(op.tensor[1])}},
                   {"arguments", op.argument}});
  }
  return ops;
}

}  // namespace nibble::offline
