// Chooses how a blob is read, sizes its arenas, loads it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/loaded_model.h"

#include <chrono>
#include <cstring>
#include <utility>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/host/failure_text.h"

namespace nibble::offline {
namespace {

bool read_file(void* context, uint64_t offset, MutableBytes out) {
  return static_cast<const MappedFile*>(context)->read(offset, {out.data(), out.size()});
}

bool read_memory(void* context, uint64_t offset, MutableBytes out) {
  const Bytes& blob = *static_cast<const Bytes*>(context);
  if (offset > blob.size() || out.size() > blob.size() - offset) return false;
  std::memcpy(out.data(), blob.data() + offset, out.size());
  return true;
}

}  // namespace

bool is_blob(const std::filesystem::path& path) {
  return path.extension() == ".nbl" || first_bytes(path, 4) == "NIBL";
}

BlobSource blob_of(const MappedFile& file, const std::string& name) {
  const std::span<const std::byte> bytes = file.bytes();
  if (bytes.empty()) throw InputError(name, "is empty; `nibble pack` makes blobs");
  return {.memory = reinterpret_cast<const uint8_t*>(bytes.data()), .bytes = bytes.size()};
}

LoadedModel::LoadedModel(const std::filesystem::path& path, const LoadConfig& config,
                         BlobAccess access)
    : name_(path.string()), file_(path) {
  const BlobSource mapped = blob_of(*file_, name_);
  blob_ = {mapped.memory, mapped.bytes};
  if (access == BlobAccess::Mapped || natural_residency() == Residency::Keep) {
    load(mapped, Residency::Keep, config);
  } else {
    const BlobSource parts{
        .bytes = mapped.bytes, .read = read_file, .context = &*file_, .concurrent_reads = true};
    load(parts, Residency::Release, config);
  }
}

LoadedModel::LoadedModel(std::string name, Bytes blob) : name_(std::move(name)), blob_(blob) {
  load(in_memory(), Residency::Keep, {});
}

void LoadedModel::load(const BlobSource& source, Residency residency, const LoadConfig& config) {
  const auto start = std::chrono::steady_clock::now();
  const LoadNeeds needed = value_or_throw(Model::needs(source, residency, config.workers), name_);
  arena_ = HostMemory(needed.arena_bytes, PageSize::Huge);
  const HostMemory scratch(needed.scratch_bytes);
  model_ = value_or_throw(Model::load(source, residency, arena_.bytes(), scratch.bytes(), config),
                          name_);
  load_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

Residency LoadedModel::natural_residency() const {
  return memory(Residency::Keep).weights == 0 ? Residency::Keep : Residency::Release;
}

ModelMemory LoadedModel::memory(Residency residency) const {
  const BlobSource source = residency == Residency::Keep ? in_memory() : in_parts();
  return value_or_throw(Model::memory(source, residency), name_);
}

LoadNeeds LoadedModel::needs(Residency residency) const {
  const BlobSource source = residency == Residency::Keep ? in_memory() : in_parts();
  return value_or_throw(Model::needs(source, residency), name_);
}

BlobSource LoadedModel::in_parts() const {
  return {.bytes = blob_.size(), .read = read_memory, .context = const_cast<Bytes*>(&blob_)};
}

HostSession::HostSession(const LoadedModel& model, const SessionConfig& config)
    : arena_(value_or_throw(Session::arena_bytes(model.model(), config), model.name())),
      session_(
          value_or_throw(Session::create(model.model(), config, arena_.bytes()), model.name())) {}

HostBatch::HostBatch(const LoadedModel& model, const BatchConfig& config)
    : arena_(value_or_throw(Batch::arena_bytes(model.model(), config), model.name())),
      batch_(value_or_throw(Batch::create(model.model(), config, arena_.bytes()), model.name())) {}

HostGenerator::HostGenerator(const LoadedModel& model, const GeneratorConfig& config)
    : arena_(value_or_throw(Generator::arena_bytes(model.model(), config), model.name())),
      generator_(
          value_or_throw(Generator::create(model.model(), config, arena_.bytes()), model.name())) {}

std::vector<Token> encode(const Tokenizer& tokenizer, std::string_view text, EncodeMode mode) {
  const TextPart part{{text.data(), text.size()}};
  return encode(tokenizer, Span<const TextPart>(&part, 1), mode);
}

std::vector<Token> encode(const Tokenizer& tokenizer, Span<const TextPart> parts, EncodeMode mode) {
  size_t text_bytes = 0;
  for (const TextPart& part : parts) text_bytes += part.text.size();
  const HostMemory workspace(value_or_throw(tokenizer.workspace_bytes(text_bytes), "text"));
  std::vector<Token> tokens(tokenizer.most_tokens(text_bytes));
  const size_t count = value_or_throw(
      tokenizer.encode(parts, mode, {tokens.data(), tokens.size()}, workspace.bytes()), "text");
  tokens.resize(count);
  return tokens;
}

}  // namespace nibble::offline
