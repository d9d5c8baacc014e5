// The C interface's model and tokenizer: arguments checked, then passed on.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/model.h>
#include <nibble/nibble.h>
#include <nibble/tokenizer.h>

#include "runtime/c_api/convert.h"
#include "runtime/c_api/structs.h"
#include "runtime/format/header.h"

using namespace nibble;
using namespace nibble::c_api;

namespace {

static_assert(status(Error::BadArgument) == NIBBLE_BAD_ARGUMENT &&
              status(Error::BufferTooSmall) == NIBBLE_BUFFER_TOO_SMALL &&
              status(Error::ArenaTooSmall) == NIBBLE_ARENA_TOO_SMALL &&
              status(Error::TokenOutOfRange) == NIBBLE_TOKEN_OUT_OF_RANGE &&
              status(Error::ContextFull) == NIBBLE_CONTEXT_FULL &&
              status(Error::UnsupportedCpu) == NIBBLE_UNSUPPORTED_CPU &&
              status(Error::ReadFailed) == NIBBLE_READ_FAILED &&
              status(Error::NothingToDo) == NIBBLE_NOTHING_TO_DO &&
              status(Error::Busy) == NIBBLE_BUSY &&
              status(Error::ArenaMisaligned) == NIBBLE_ARENA_MISALIGNED &&
              status(Error::TextTooLong) == NIBBLE_TEXT_TOO_LONG &&
              status(Error::Truncated) == NIBBLE_BLOB_ERRORS_FIRST &&
              status(Error::BadTokenizer) >= NIBBLE_BLOB_ERRORS_LAST &&
              status(Error::SelfTestMismatch) == NIBBLE_SELF_TEST_MISMATCH);

/// The caller's read function, behind the runtime's.
struct Reader {
  int32_t (*read)(void* context, uint64_t offset, void* out, size_t bytes) = nullptr;
  void* context = nullptr;
};

bool read_through_callback(void* context, uint64_t offset, MutableBytes out) {
  const Reader& reader = *static_cast<const Reader*>(context);
  return reader.read(reader.context, offset, out.data(), out.size()) == 0;
}

/// A caller's source in the runtime's terms.
class Source {
 public:
  explicit Source(const nibble_source* source) {
    nibble_source c;
    if (source == nullptr || !read_struct(source, &c, sizeof(c))) return;
    reader_ = {.read = c.read, .context = c.context};
    blob_ = {.memory = static_cast<const uint8_t*>(c.memory),
             .bytes = c.bytes,
             .read = c.read != nullptr ? read_through_callback : nullptr,
             .context = &reader_,
             .concurrent_reads = c.concurrent_reads != 0};
    residency_ = static_cast<Residency>(c.residency);
    config_ = {.workers = c.workers == 0 ? 1 : c.workers,
               .parallel = {.context = c.parallel_context, .run = c.parallel}};
  }
  Source(const Source&) = delete;

  bool good() const { return blob_.memory != nullptr || blob_.read != nullptr; }
  const BlobSource& blob() const { return blob_; }
  Residency residency() const { return residency_; }
  const LoadConfig& config() const { return config_; }

 private:
  Reader reader_;
  BlobSource blob_;
  Residency residency_ = Residency::Keep;
  LoadConfig config_;
};

Text string_of(const ModelStrings& strings, uint32_t which) {
  switch (which) {
    case NIBBLE_STRING_NAME:
      return strings.name;
    case NIBBLE_STRING_ARCHITECTURE:
      return strings.architecture;
    case NIBBLE_STRING_LICENSE:
      return strings.license;
    case NIBBLE_STRING_SOURCE:
      return strings.source;
    case NIBBLE_STRING_SOURCE_SHA256:
      return strings.source_sha256;
    case NIBBLE_STRING_QUANTIZATION:
      return strings.quantization;
    default:
      return strings.tool;
  }
}

}  // namespace

uint32_t nibble_abi_version(void) {
  return NIBBLE_ABI_VERSION;
}

const char* nibble_status_name(nibble_status status) {
  if (status == NIBBLE_END) return "End";
  if (status == NIBBLE_MORE) return "More";
  return error_name(static_cast<Error>(status));
}
const char* nibble_status_where(nibble_status status) {
  return error_where(static_cast<Error>(status));
}

const char* nibble_status_text(nibble_status status) {
  if (status == NIBBLE_END) return "The reply is complete.";
  if (status == NIBBLE_MORE) return "There is more to compute: call again.";
  return error_text(static_cast<Error>(status));
}

nibble_status nibble_blob_bytes(const void* first, size_t first_bytes, uint64_t* out_blob_bytes) {
  static_assert(NIBBLE_BLOB_HEADER_BYTES == sizeof(format::Header));
  if (first == nullptr || out_blob_bytes == nullptr) return NIBBLE_BAD_ARGUMENT;
  const Bytes bytes{static_cast<const uint8_t*>(first), first_bytes};
  const bool whole = first_bytes >= sizeof(format::Header);
  const uint64_t stated =
      whole ? reinterpret_cast<const format::Header*>(first)->total_bytes : first_bytes;
  const Result<const format::Header*> header = format::check_header(bytes, stated);
  if (!header.ok()) return status(header);
  *out_blob_bytes = header.value()->total_bytes;
  return NIBBLE_OK;
}

nibble_status nibble_model_needs(const nibble_source* source, size_t* out_arena_bytes,
                                 size_t* out_scratch_bytes) {
  const Source from(source);
  if (!from.good() || out_arena_bytes == nullptr || out_scratch_bytes == nullptr)
    return NIBBLE_BAD_ARGUMENT;
  const Result<LoadNeeds> needs =
      Model::needs(from.blob(), from.residency(), from.config().workers);
  if (!needs.ok()) return status(needs);
  *out_arena_bytes = needs.value().arena_bytes;
  *out_scratch_bytes = needs.value().scratch_bytes;
  return NIBBLE_OK;
}

nibble_status nibble_model_load(const nibble_source* source, void* arena, size_t arena_bytes,
                                void* scratch, size_t scratch_bytes, uint64_t* out_where,
                                const nibble_model** out_model) {
  const Source from(source);
  if (!from.good() || !is_range(arena, arena_bytes) || !is_range(scratch, scratch_bytes) ||
      out_model == nullptr)
    return bad_argument(out_where);
  const Result<const Model*> model =
      Model::load(from.blob(), from.residency(), memory_of(arena, arena_bytes),
                  memory_of(scratch, scratch_bytes), from.config());
  if (model.ok()) *out_model = to_c(model.value());
  return status(model, out_where);
}

nibble_status nibble_model_shape(const nibble_model* model, nibble_shape* out_shape) {
  if (model == nullptr || out_shape == nullptr || !is_struct(out_shape)) return NIBBLE_BAD_ARGUMENT;
  const ModelShape& shape = model_of(model).shape();
  const nibble_shape c{.struct_bytes = sizeof(nibble_shape),
                       .vocabulary = shape.vocabulary,
                       .context_tokens = shape.context_tokens,
                       .default_context_tokens = shape.default_context_tokens,
                       .width = shape.width,
                       .layers = shape.layers,
                       .heads = shape.heads,
                       .kv_heads = shape.kv_heads,
                       .head_dimension = shape.head_dimension,
                       .ffn_width = shape.ffn_width};
  write_struct(&c, sizeof(c), out_shape);
  return NIBBLE_OK;
}

nibble_status nibble_model_string(const nibble_model* model, uint32_t which, const char** out_text,
                                  size_t* out_bytes) {
  if (model == nullptr || which > NIBBLE_STRING_TOOL || out_text == nullptr || out_bytes == nullptr)
    return NIBBLE_BAD_ARGUMENT;
  return deliver_text(string_of(model_of(model).strings(), which), out_text, out_bytes);
}

nibble_status nibble_model_identity(const nibble_model* model, uint8_t* out_sha256) {
  if (model == nullptr || out_sha256 == nullptr) return NIBBLE_BAD_ARGUMENT;
  const Bytes identity = model_of(model).identity();
  __builtin_memcpy(out_sha256, identity.data(), identity.size());
  return NIBBLE_OK;
}

nibble_status nibble_encode_workspace_bytes(const nibble_model* model, size_t text_bytes,
                                            size_t* out_bytes) {
  if (model == nullptr || out_bytes == nullptr) return NIBBLE_BAD_ARGUMENT;
  return deliver(model_of(model).tokenizer().workspace_bytes(text_bytes), out_bytes);
}

nibble_status nibble_encode(const nibble_model* model, const char* text, size_t text_bytes,
                            uint32_t mode, void* workspace, size_t workspace_bytes,
                            nibble_token* tokens, size_t capacity, uint64_t* out_where,
                            size_t* out_count) {
  if (model == nullptr || !is_range(text, text_bytes) || mode > NIBBLE_ENCODE_CONTINUE ||
      !is_range(workspace, workspace_bytes) || !is_range(tokens, capacity) || out_count == nullptr)
    return bad_argument(out_where);
  const Result<size_t> count =
      model_of(model).tokenizer().encode({text, text_bytes}, static_cast<EncodeMode>(mode),
                                         {tokens, capacity}, memory_of(workspace, workspace_bytes));
  if (count.ok()) *out_count = count.value();
  return status(count, out_where);
}

nibble_status nibble_piece(const nibble_model* model, nibble_token token, const char** out_text,
                           size_t* out_bytes) {
  if (model == nullptr || out_text == nullptr || out_bytes == nullptr) return NIBBLE_BAD_ARGUMENT;
  return deliver_text(model_of(model).tokenizer().piece(token), out_text, out_bytes);
}
