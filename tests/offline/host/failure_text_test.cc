// Failures in words: name, place, sentence.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/failure_text.h"

#include <gtest/gtest.h>

namespace nibble::offline {
namespace {

TEST(FailureText, NamesTheErrorAndItsPlace) {
  EXPECT_TRUE(
      failure_text({Error::ChunkStoredHash, 3}).starts_with("ChunkStoredHash at chunk 3: "));
  EXPECT_TRUE(failure_text({Error::BadOp, 17}).starts_with("BadOp at op 17: "));
  EXPECT_TRUE(failure_text({Error::BadTensor, 0}).starts_with("BadTensor at tensor 0: "));
}

TEST(FailureText, LeavesOutAPlaceThatMeansNothing) {
  EXPECT_TRUE(failure_text({Error::ManifestHash, 0}).starts_with("ManifestHash: "));
}

}  // namespace
}  // namespace nibble::offline
