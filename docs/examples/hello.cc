// Continues a prompt with a blob, through the C++ interface: hello MODEL.nbl PROMPT.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/generator.h>

#include <cstdio>
#include <fstream>
#include <string_view>
using namespace nibble;

// Arenas start on a cache line; these live as long as the program. An empty one is refused.
static MutableBytes allocate(size_t bytes) {
  auto* const memory = new (std::align_val_t(64), std::nothrow) uint8_t[bytes];
  return {memory, memory == nullptr ? 0 : bytes};
}
static bool read_file(void* file, uint64_t offset, MutableBytes out) {
  std::ifstream& stream = *static_cast<std::ifstream*>(file);
  return bool(stream.seekg(offset).read(reinterpret_cast<char*>(out.data()), out.size()));
}
static Status reply(std::ifstream file, std::string_view prompt) {
  const uint64_t blob_bytes = file.seekg(0, std::ios::end).tellg();
  const BlobSource blob{.bytes = blob_bytes, .read = read_file, .context = &file};
  const LoadNeeds load = NIBBLE_TRY(Model::needs(blob, Residency::Release));
  const Model& model = *NIBBLE_TRY(Model::load(blob, Residency::Release, allocate(load.arena_bytes),
                                               allocate(load.scratch_bytes)));
  const GeneratorConfig config{.prompt_bytes = prompt.size(), .max_tokens = 64};
  const size_t bytes = NIBBLE_TRY(Generator::arena_bytes(model, config));
  Generator& generator = *NIBBLE_TRY(Generator::create(model, config, allocate(bytes)));
  NIBBLE_TRY(generator.prompt({prompt.data(), prompt.size()}));
  for (ReplyPart part; part.end == EndReason::None;) {
    part = NIBBLE_TRY(generator.next());
    std::fwrite(part.text.data(), 1, part.text.size(), stdout);
  }
  return {};
}
int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const Status status = reply(std::ifstream(argv[1], std::ios::binary), argv[2]);
  if (!status.ok()) std::fprintf(stderr, "%s\n", error_text(status.error()));
  return status.ok() && std::fflush(stdout) == 0 ? 0 : 1;
}
