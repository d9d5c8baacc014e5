// Loading and encoding as a caller does it, with failures as exceptions.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/loaded_model.h"

#include <cstring>
#include <fstream>
#include <stdexcept>

namespace nibble::test {
namespace {

bool read_part(void* context, uint64_t offset, MutableBytes out) {
  const auto& blob = *static_cast<const MutableBytes*>(context);
  if (offset > blob.size() || out.size() > blob.size() - offset) return false;
  std::memcpy(out.data(), blob.data() + offset, out.size());
  return true;
}

}  // namespace

GuardedMemory read_blob(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  GuardedMemory blob(std::filesystem::file_size(path));
  file.read(reinterpret_cast<char*>(blob.bytes().data()),
            static_cast<std::streamsize>(blob.bytes().size()));
  return blob;
}

BlobSource callback_source(const MutableBytes& blob) {
  return {.memory = nullptr,
          .bytes = blob.size(),
          .read = read_part,
          .context = const_cast<MutableBytes*>(&blob)};
}

LoadedModel::LoadedModel(const std::filesystem::path& blob, Residency residency, Delivery delivery)
    : blob_(read_blob(blob)), arena_(0) {
  blob_bytes_ = blob_.bytes();
  const BlobSource source = delivery == Delivery::Memory ? BlobSource::from_memory(blob_bytes_)
                                                         : callback_source(blob_bytes_);
  const LoadNeeds needs = expect_value(Model::needs(source, residency), blob.string());
  arena_ = GuardedMemory(needs.arena_bytes);
  const GuardedMemory scratch(needs.scratch_bytes);
  model_ =
      expect_value(Model::load(source, residency, arena_.bytes(), scratch.bytes()), blob.string());
  if (!scratch.canaries_whole()) throw std::runtime_error("load() wrote outside its scratch");
  if (residency == Residency::Release) blob_ = GuardedMemory(0);
}

OwnedSession::OwnedSession(const Model& model, const SessionConfig& config)
    : arena_(expect_value(Session::arena_bytes(model, config), "arena_bytes")),
      session_(expect_value(Session::create(model, config, arena_.bytes()), "create")) {}

std::vector<Token> encode(const Model& model, const std::string& text, EncodeMode mode) {
  const GuardedMemory workspace(
      expect_value(Tokenizer::workspace_bytes(text.size()), "workspace_bytes"));
  std::vector<Token> tokens(text.size() + 2);
  const size_t count =
      expect_value(model.tokenizer().encode({text.data(), text.size()}, mode,
                                            {tokens.data(), tokens.size()}, workspace.bytes()),
                   "encode");
  tokens.resize(count);
  return tokens;
}

}  // namespace nibble::test
