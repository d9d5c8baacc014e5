// Loading and encoding as a caller does it, with failures as exceptions.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/test_model.h"

#include <cstring>
#include <fstream>

namespace nibble::test {

GuardedMemory read_blob(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  GuardedMemory blob(std::filesystem::file_size(path));
  file.read(reinterpret_cast<char*>(blob.bytes().data()),
            static_cast<std::streamsize>(blob.bytes().size()));
  return blob;
}

bool CallbackBlob::read(void* context, uint64_t offset, MutableBytes out) {
  auto& self = *static_cast<CallbackBlob*>(context);
  const uint64_t end = offset + out.size();
  if (end > self.fail_from || end > self.blob.size()) return false;
  self.ascending = self.ascending && offset >= self.next_offset;
  self.next_offset = end;
  std::memcpy(out.data(), self.blob.data() + offset, out.size());
  return true;
}

TestModel::TestModel(const BlobSource& source, Residency residency) {
  load(source, residency);
}

TestModel::TestModel(const std::filesystem::path& path, Residency residency, Delivery delivery)
    : blob_(read_blob(path)) {
  CallbackBlob reader{.blob = blob_.bytes()};
  load(delivery == Delivery::Memory ? BlobSource::from_memory(blob_.bytes()) : reader.source(),
       residency);
  if (residency == Residency::Release) blob_ = GuardedMemory(0);
}

void TestModel::load(const BlobSource& source, Residency residency) {
  needs_ = checked(Model::needs(source, residency));
  arena_ = GuardedMemory(needs_.arena_bytes);
  const GuardedMemory scratch(needs_.scratch_bytes);
  model_ = checked(Model::load(source, residency, arena_.bytes(), scratch.bytes()));
  if (!scratch.canaries_whole()) throw std::runtime_error("load() wrote beside its scratch");
}

TestSession::TestSession(const Model& model, const SessionConfig& config)
    : arena_(checked(Session::arena_bytes(model, config))),
      session_(checked(Session::create(model, config, arena_.bytes()))) {}

TestBatch::TestBatch(const Model& model, const BatchConfig& config)
    : arena_(checked(Batch::arena_bytes(model, config))),
      batch_(checked(Batch::create(model, config, arena_.bytes()))) {}

std::vector<Token> encode(const Model& model, const std::string& text, EncodeMode mode) {
  const GuardedMemory workspace(checked(model.tokenizer().workspace_bytes(text.size())));
  std::vector<Token> tokens(model.tokenizer().most_tokens(text.size()));
  const size_t count = checked(model.tokenizer().encode(
      {text.data(), text.size()}, mode, {tokens.data(), tokens.size()}, workspace.bytes()));
  tokens.resize(count);
  return tokens;
}

Bits bits_of(const Result<Span<const float>>& logits) {
  const Span<const float> row = checked(logits);
  Bits bits(row.size());
  std::memcpy(bits.data(), row.data(), row.size() * sizeof(uint32_t));
  return bits;
}

}  // namespace nibble::test
