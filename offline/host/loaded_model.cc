// Chooses how a blob file is read, sizes its arenas, loads it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/loaded_model.h"

#include <chrono>
#include <cstring>

#include "offline/files/input_error.h"
#include "offline/host/failure_text.h"

namespace nibble::offline {
namespace {

bool read_part(void* context, uint64_t offset, MutableBytes out) {
  return static_cast<const PartReader*>(context)->read(offset, {out.data(), out.size()});
}

bool read_memory(void* context, uint64_t offset, MutableBytes out) {
  const BlobSource& source = *static_cast<const BlobSource*>(context);
  if (offset > source.bytes || out.size() > source.bytes - offset) return false;
  std::memcpy(out.data(), source.memory + offset, out.size());
  return true;
}

}  // namespace

BlobSource part_wise(const BlobSource& source) {
  return {.bytes = source.bytes, .read = read_memory, .context = const_cast<BlobSource*>(&source)};
}

BlobSource blob_of(const MappedFile& file, const std::string& name) {
  const std::span<const std::byte> bytes = file.bytes();
  if (bytes.empty()) throw InputError(name, "is empty; `nibble pack` makes blobs");
  return {.memory = reinterpret_cast<const uint8_t*>(bytes.data()), .bytes = bytes.size()};
}

Result<Residency> natural_residency(const BlobSource& source) {
  const ModelMemory kept = NIBBLE_TRY(Model::memory(source, Residency::Keep));
  return kept.weights == 0 ? Residency::Keep : Residency::Release;
}

LoadedModel::LoadedModel(const std::filesystem::path& path, const LoadConfig& config)
    : name_(path.string()), file_(path), parts_(path) {
  const auto start = std::chrono::steady_clock::now();
  residency_ = value_or_throw(natural_residency(blob_of(file_, name_)), name());
  const LoadNeeds needs =
      value_or_throw(Model::needs(source(), residency_, config.workers), name());
  arena_ = HostMemory(needs.arena_bytes, PageSize::Huge);
  const HostMemory scratch(needs.scratch_bytes);
  model_ = value_or_throw(
      Model::load(source(), residency_, arena_.bytes(), scratch.bytes(), config), name());
  load_seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

BlobSource LoadedModel::source() {
  if (residency_ == Residency::Keep) return blob_of(file_, name_);
  return {.bytes = file_.bytes().size(),
          .read = read_part,
          .context = &parts_,
          .concurrent_reads = true};
}

HostSession::HostSession(const LoadedModel& model, const SessionConfig& config)
    : arena_(value_or_throw(Session::arena_bytes(model.model(), config), model.name())),
      session_(
          value_or_throw(Session::create(model.model(), config, arena_.bytes()), model.name())) {}

HostGenerator::HostGenerator(const LoadedModel& model, const GeneratorConfig& config)
    : arena_(value_or_throw(Generator::arena_bytes(model.model(), config), model.name())),
      generator_(
          value_or_throw(Generator::create(model.model(), config, arena_.bytes()), model.name())) {}

std::vector<Token> encode(const Tokenizer& tokenizer, std::string_view text, EncodeMode mode) {
  const HostMemory workspace(value_or_throw(Tokenizer::workspace_bytes(text.size()), "text"));
  std::vector<Token> tokens(Tokenizer::most_tokens(text.size()));
  const size_t count =
      value_or_throw(tokenizer.encode({text.data(), text.size()}, mode,
                                      {tokens.data(), tokens.size()}, workspace.bytes()),
                     "text");
  tokens.resize(count);
  return tokens;
}

}  // namespace nibble::offline
