// Walks over the tensors in the order in which llama2.c writes them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/llama2c/checkpoint.h"

#include <cstring>
#include <utility>
#include <vector>

#include "offline/files/byte_cursor.h"
#include "offline/weights/mapped_tensor.h"
#include "offline/weights/rearrange.h"
#include "runtime/core/checked.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kMagic = 0x616B3432;  // "24ka"
constexpr uint32_t kHeaderNumbers = 7, kVersion0Bytes = kHeaderNumbers * 4;
constexpr uint32_t kMaxGroup = 1u << 16;

int32_t number_at(std::span<const std::byte> bytes, size_t at) {
  int32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

bool is_within(uint32_t value, uint32_t most) {
  return value >= 1 && value <= most;
}

/// What run.c needs of the numbers, within the limits of a blob.
bool makes_sense(const Llama2cHeader& header) {
  return is_within(header.dim, format::kMaxColumns) &&
         is_within(header.hidden_dim, format::kMaxColumns) &&
         is_within(header.layers, format::kMaxLayers) &&
         is_within(header.heads, format::kMaxHeads) && is_within(header.kv_heads, header.heads) &&
         is_within(header.vocab_size, format::kMaxVocabulary) &&
         is_within(header.max_seq_len, format::kMaxContextTokens) &&
         header.dim % header.heads == 0 && header.heads % header.kv_heads == 0;
}

Llama2cHeader read_numbers(std::span<const std::byte> numbers) {
  Llama2cHeader header;
  uint32_t* const members[] = {&header.dim,        &header.hidden_dim, &header.layers,
                               &header.heads,      &header.kv_heads,   &header.vocab_size,
                               &header.max_seq_len};
  for (size_t i = 0; i < kHeaderNumbers; ++i) {
    *members[i] = static_cast<uint32_t>(number_at(numbers, 4 * i));
  }
  return header;
}

/// A tensor's codes, then a float scale per group; groups run over the flattened tensor.
class FloatScaledCodes final : public WeightSource {
 public:
  FloatScaledCodes(uint32_t rows, uint32_t columns, uint32_t group,
                   std::span<const std::byte> bytes, std::shared_ptr<const void> owner)
      : WeightSource(rows, columns), group_(group), bytes_(bytes), owner_(std::move(owner)) {}

  Scheme nearest_scheme() const override {
    return {format::TensorType::Int8, format::is_group(group_) ? group_ : format::kColumnUnit};
  }

 private:
  void read(uint32_t first_row, std::span<float> out) const override {
    const std::byte* const scales = bytes_.data() + size_t{rows()} * columns();
    size_t element = size_t{first_row} * columns();
    for (float& value : out) {
      float scale = 0;
      std::memcpy(&scale, scales + element / group_ * sizeof scale, sizeof scale);
      value = scale * static_cast<float>(static_cast<int8_t>(bytes_[element++]));
    }
  }

  uint32_t group_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
};

/// Hands out the file's bytes, tensor by tensor.
class TensorReader {
 public:
  TensorReader(Llama2cCheckpoint& checkpoint, const std::string& where)
      : checkpoint_(checkpoint),
        header_(checkpoint.header),
        bytes_(checkpoint.mapping->bytes()),
        cursor_(bytes_, where) {
    skip(header_.version == 0 ? kVersion0Bytes : kLlama2cHeaderBytes, "the header");
  }

  void skip(uint64_t bytes, const std::string& what) { cursor_.take(bytes, what); }

  /// A tensor of every layer; `layers` stands for "model.layers.<i>.".
  void vectors(const std::string& name) {
    each_layer(name, [&](const std::string& full) { vector(full); });
  }
  void matrices(const std::string& name, uint32_t rows, uint32_t columns, uint32_t heads = 0) {
    each_layer(name, [&](const std::string& full) { matrix(full, rows, columns, heads); });
  }

  void vector(const std::string& name) {
    const uint64_t start = cursor_.offset();
    Weights weights = numbers(1, header_.dim, name);
    add(name, {{header_.dim}, std::move(weights), "F32", cursor_.offset() - start});
  }
  /// @param heads  whose rotary pairs are (2i, 2i + 1); 0 where there are none
  void matrix(const std::string& name, uint32_t rows, uint32_t columns, uint32_t heads = 0) {
    const uint64_t start = cursor_.offset();
    const bool is_codes = header_.version == 2;
    Weights weights = is_codes ? codes(rows, columns, name) : numbers(rows, columns, name);
    if (heads != 0) {
      weights = pick_rows(weights, halves_from_interleaved(heads, header_.dim / header_.heads));
    }
    add(name,
        {{rows, columns}, std::move(weights), is_codes ? "Q8" : "F32", cursor_.offset() - start});
  }

  void expect_end() const {
    if (cursor_.left() != 0) {
      cursor_.fail("has " + std::to_string(cursor_.left()) +
                   " bytes more than its header makes it; is this really a llama2.c checkpoint?");
    }
  }

 private:
  template <class Action>
  void each_layer(const std::string& name, Action action) {
    for (uint32_t layer = 0; layer < header_.layers; ++layer) {
      action("model.layers." + std::to_string(layer) + "." + name);
    }
  }

  std::span<const std::byte> take(uint64_t bytes, const std::string& name) {
    const uint64_t at = cursor_.offset();
    cursor_.take(bytes, "tensor " + name);
    return bytes_.subspan(at, bytes);
  }
  Weights numbers(uint32_t rows, uint32_t columns, const std::string& name) {
    return map_tensor(ElementType::F32, rows, columns,
                      take(uint64_t{rows} * columns * sizeof(float), name), checkpoint_.mapping);
  }
  Weights codes(uint32_t rows, uint32_t columns, const std::string& name) {
    const uint64_t count = uint64_t{rows} * columns;
    if (count % header_.group != 0) {
      cursor_.fail("groups of " + std::to_string(header_.group) + " do not divide tensor " + name);
    }
    return std::make_shared<FloatScaledCodes>(
        rows, columns, header_.group, take(count + count / header_.group * sizeof(float), name),
        checkpoint_.mapping);
  }
  void add(const std::string& name, SourceTensor tensor) {
    checkpoint_.tensors.emplace(name + ".weight", std::move(tensor));
  }

  Llama2cCheckpoint& checkpoint_;
  const Llama2cHeader& header_;
  std::span<const std::byte> bytes_;
  ByteCursor cursor_;
};

constexpr const char* kEmbedding = "model.embed_tokens";
constexpr const char* kHead = "lm_head";

void read_attention(TensorReader& reader, const Llama2cHeader& header) {
  const uint32_t dim = header.dim, kv_dim = header.kv_dim();
  reader.matrices("self_attn.q_proj", dim, dim, header.heads);
  reader.matrices("self_attn.k_proj", kv_dim, dim, header.kv_heads);
  reader.matrices("self_attn.v_proj", kv_dim, dim);
  reader.matrices("self_attn.o_proj", dim, dim);
}

void read_feed_forward(TensorReader& reader, const Llama2cHeader& header) {
  reader.matrices("mlp.gate_proj", header.hidden_dim, header.dim);
  reader.matrices("mlp.down_proj", header.dim, header.hidden_dim);
  reader.matrices("mlp.up_proj", header.hidden_dim, header.dim);
}

/// run.c's memory_map_weights(): norms among the matrices, and tables of angles behind them.
void read_version0(TensorReader& reader, const Llama2cHeader& header) {
  reader.matrix(kEmbedding, header.vocab_size, header.dim);
  reader.vectors("input_layernorm");
  read_attention(reader, header);
  reader.vectors("post_attention_layernorm");
  read_feed_forward(reader, header);
  reader.vector("model.norm");
  const uint64_t pairs = header.dim / header.heads / 2;
  reader.skip(2 * uint64_t{header.max_seq_len} * pairs * sizeof(float), "the tables of angles");
  if (!header.is_tied) reader.matrix(kHead, header.vocab_size, header.dim);
}

/// export.py's version1_export() and version2_export(): norms first.
void read_later_version(TensorReader& reader, const Llama2cHeader& header) {
  reader.vectors("input_layernorm");
  reader.vectors("post_attention_layernorm");
  reader.vector("model.norm");
  reader.matrix(kEmbedding, header.vocab_size, header.dim);
  read_attention(reader, header);
  read_feed_forward(reader, header);
  if (!header.is_tied) reader.matrix(kHead, header.vocab_size, header.dim);
}

}  // namespace

std::optional<Llama2cHeader> parse_llama2c_header(std::span<const std::byte> first_bytes) {
  if (first_bytes.size() < kVersion0Bytes) return {};
  Llama2cHeader header;
  if (static_cast<uint32_t>(number_at(first_bytes, 0)) != kMagic) {
    header = read_numbers(first_bytes);
    const int32_t vocab_size = number_at(first_bytes, 4 * 5);
    header.is_tied = vocab_size > 0;  // an untied head is told by a negative size
    header.vocab_size = static_cast<uint32_t>(header.is_tied ? vocab_size : -int64_t{vocab_size});
    if (makes_sense(header)) return header;
    return {};
  }
  if (first_bytes.size() < kLlama2cHeaderBytes) return {};
  header = read_numbers(first_bytes.subspan(8));
  header.version = static_cast<uint32_t>(number_at(first_bytes, 4));
  header.is_tied = first_bytes[36] != std::byte{0};
  header.group = header.version == 2 ? static_cast<uint32_t>(number_at(first_bytes, 37)) : 0;
  const bool has_group = header.version != 2 || is_within(header.group, kMaxGroup);
  const bool is_known = header.version == 1 || header.version == 2;
  if (is_known && has_group && makes_sense(header)) return header;
  return {};
}

Llama2cCheckpoint read_llama2c(const std::filesystem::path& path) {
  const std::string where = path.string();
  Llama2cCheckpoint checkpoint;
  checkpoint.mapping = std::make_shared<MappedFile>(path);
  const auto header = parse_llama2c_header(checkpoint.mapping->bytes());
  if (!header) {
    throw InputError(where + ": offset 0",
                     "is no header of a llama2.c checkpoint of version 0, 1 or 2; fetch it again");
  }
  checkpoint.header = *header;
  if (header->dim / header->heads % 2 != 0) {
    throw InputError(where + ": offset 0", "has heads of an odd number of elements");
  }
  TensorReader reader(checkpoint, where);
  header->version == 0 ? read_version0(reader, *header) : read_later_version(reader, *header);
  reader.expect_end();
  return checkpoint;
}

}  // namespace nibble::offline
