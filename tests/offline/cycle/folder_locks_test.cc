// A folder has one cycle at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/folder_locks.h"

#include <gtest/gtest.h>

#include "offline/files/output_file.h"
#include "tests/support/command.h"

namespace nibble::test {
namespace {

TEST(FolderLocks, ExcludeEachOther) {
  const TemporaryFolder folder;
  {
    offline::FolderLocks first, second;
    first.add(folder.path());
    first.add(folder / ".");  // the same folder by another name
    try {
      second.add(folder.path());
      ADD_FAILURE() << "both have it";
    } catch (const offline::OutputError& error) {
      EXPECT_NE(std::string(error.what()).find("another nibble works on this folder"),
                std::string::npos);
    }
  }
  offline::FolderLocks later;
  later.add(folder.path());
}

TEST(FolderLocks, RefuseWhatIsNoFolder) {
  offline::FolderLocks locks;
  EXPECT_THROW(locks.add("/nonexistent"), offline::OutputError);
  EXPECT_THROW(locks.add("/dev/null"), offline::OutputError);
}

}  // namespace
}  // namespace nibble::test
