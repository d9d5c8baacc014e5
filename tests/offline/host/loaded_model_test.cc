// A blob file opened once: what was verified is what is used, whatever its path names later.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/loaded_model.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string_view>

#include "offline/files/input_error.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

/// The linker sends every call of open() here (CMakeLists.txt: --wrap), to be counted.
extern "C" {
int real_open(const char* path, int flags, ...) asm("__real_open");
int counted_open(const char* path, int flags, ...) asm("__wrap_open");
}
static int opened = 0;
int counted_open(const char* path, int flags, ...) {
  if (std::string_view(path).ends_with(".nbl")) ++opened;
  constexpr int kMode = 0600;  // Read only where a file is created.
  return real_open(path, flags, kMode);
}

namespace nibble::offline {
namespace {

using test::read_file;
using test::TemporaryFolder;

std::string text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Puts another file where the blob's path points.
void replace_file(const std::filesystem::path& path) {
  const std::filesystem::path other = path.string() + ".other";
  std::ofstream(other) << "not a blob";
  std::filesystem::rename(other, path);
}

TEST(LoadedModel, HandsOutTheBytesItVerified) {
  const TemporaryFolder folder;
  for (const char* name : {"tiny-int4", "tiny-int4-raw"}) {
    const std::filesystem::path path = folder / name;
    std::filesystem::copy_file(test::blob_path(name), path);
    const std::string original = read_file(path);
    const LoadedModel model(path, {}, BlobAccess::Mapped);
    replace_file(path);
    EXPECT_EQ(text(model.verified_bytes()), original);
    EXPECT_THROW(LoadedModel{path}, InputError);
  }
}

TEST(LoadedModel, OpensItsFileOnce) {
  for (const char* name : {"tiny-int4", "tiny-int4-raw"}) {
    for (const BlobAccess access : {BlobAccess::Lean, BlobAccess::Mapped}) {
      opened = 0;
      const LoadedModel model(test::blob_path(name), {}, access);
      EXPECT_EQ(opened, 1) << name;
    }
  }
}

TEST(LoadedModel, TakesABlobInMemory) {
  const LoadedModel file(test::blob_path("tiny-int4"), {}, BlobAccess::Mapped);
  const LoadedModel memory("a name", file.verified_bytes());
  EXPECT_EQ(memory.name(), "a name");
  EXPECT_EQ(text(memory.model().identity()), text(file.model().identity()));
  EXPECT_EQ(memory.verified_bytes().data(), file.verified_bytes().data());
  try {
    const LoadedModel cut("a name", file.verified_bytes().first(1000));
    ADD_FAILURE() << "accepted";
  } catch (const InputError& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("a name: ")) << error.what();
  }
}

}  // namespace
}  // namespace nibble::offline
