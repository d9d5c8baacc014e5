// Failures in words: name, where, sentence, for every error.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/failure_text.h"

#include <gtest/gtest.h>

#include "offline/files/input_error.h"

namespace nibble::offline {
namespace {

TEST(FailureText, NamesTheErrorAndWhatItsNumberCounts) {
  EXPECT_EQ(failure_text({Error::ChunkStoredHash, 3}),
            "ChunkStoredHash (chunk 3): A chunk does not match its hash: the blob is damaged; "
            "copy it again.");
  EXPECT_EQ(failure_text({Error::ArenaTooSmall, 4096}),
            "ArenaTooSmall (bytes needed 4096): The memory given is too small; give at least as "
            "many bytes as stated.");
}

TEST(FailureText, SaysOfEveryErrorAllThatTheRuntimeKnows) {
  int counted = 0;
  for (int value = -100; value < 0; ++value) {
    const auto error = static_cast<Error>(value);
    const std::string name = error_name(error), where = error_where(error);
    const std::string number = where.empty() ? "" : " (" + where + " 17)";
    EXPECT_EQ(failure_text({error, 17}), name + number + ": " + error_text(error));
    counted += !where.empty();
  }
  EXPECT_GE(counted, 26);
}

TEST(FailureText, AThrownFailureSaysWhichInput) {
  EXPECT_EQ(value_or_throw(Result<int>(5), "model.nbl"), 5);
  value_or_throw(Status(), "model.nbl");
  const auto message = [](const auto& result) -> std::string {
    try {
      value_or_throw(result, "model.nbl");
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  const Failure failure{Error::BadOp, 7};
  EXPECT_EQ(message(Result<int>(failure)), "model.nbl: " + failure_text(failure));
  EXPECT_EQ(message(Status(failure)), "model.nbl: " + failure_text(failure));
}

}  // namespace
}  // namespace nibble::offline
