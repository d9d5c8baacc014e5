// Mistakes of users: each has its exit status and a sentence that says what to do.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

constexpr int kMissedBar = 1, kBadUsage = 2, kBadInput = 3;

void expect_failure(const std::vector<std::string>& arguments, int status,
                    const std::string& naming = "") {
  const CommandResult result = run_nibble(arguments);
  std::string line = "nibble";
  for (const std::string& argument : arguments) line += " " + argument;
  EXPECT_EQ(result.status, status) << line << "\n" << result.err;
  EXPECT_EQ(result.out, "") << line;
  EXPECT_NE(result.err.find(naming), std::string::npos) << line << "\n" << result.err;
}

const std::string& blob() {
  static const std::string path = blob_path("kdoc-int4").string();
  return path;
}

TEST(Usage, NothingToDoIsBadUsage) {
  expect_failure({}, kBadUsage);
}
TEST(Usage, UnknownCommandIsBadUsage) {
  expect_failure({"frobnicate"}, kBadUsage, "subcommand");
}
TEST(Usage, UnknownOptionIsBadUsage) {
  expect_failure({"verify", blob(), "--frobnicate"}, kBadUsage, "--frobnicate");
}
TEST(Usage, MissingFileNameIsBadUsage) {
  for (const char* command :
       {"pack", "inspect", "plan", "verify", "run", "eval", "compare", "embed"})
    expect_failure({command}, kBadUsage);
}
/// An option with a value it does not take, and what the refusal has to say beside the option.
struct Refusal {
  const char* option;
  const char* value;
  const char* says;
};

/// @param command  what makes a whole command line together with the option
void expect_refusals(const std::vector<std::string>& command,
                     const std::vector<Refusal>& refusals) {
  for (const Refusal& refusal : refusals) {
    std::vector<std::string> arguments = command;
    // One argument, so that a value may begin with a minus sign.
    arguments.push_back(std::string(refusal.option) + "=" + refusal.value);
    expect_failure(arguments, kBadUsage, refusal.option);
    expect_failure(arguments, kBadUsage, refusal.says);
  }
}

TEST(Options, OfPackThatAreRefusedSayWhatIsTaken) {
  const TemporaryFolder folder;
  expect_refusals({"pack", kdoc_folder().string(), "-o", folder / "x.nbl"},
                  {{"--weights", "int3", "int4,int8,f16,mixed"},
                   {"--group", "48", "32,64,128"},
                   {"--role", "ffn=int3", "int4 or int8 with a group of 32, 64 or 128"},
                   {"--role", "ffn=int4:48", "--role 'ffn=int4:48'"},
                   {"--role", "nose=int4", "NAME one of attention ffn"},
                   {"--method", "magic", "rtn"},
                   {"--samples", "0", "1 to 1048576"},
                   {"--sample-tokens", "1", "2 to 1024"},
                   {"--seed", "-1", "0 or more"},
                   {"--kv", "int2", "f16,int8,hybrid,int4"},
                   {"--context", "-1", "0 to 1048576"},
                   {"--context", "513", "has a context of 512 tokens; give at most that"},
                   {"--storage", "tape", "zstd,raw"},
                   {"--level", "20", "1 to 19"},
                   {"--budget", "100mb", "100MB, 64MiB or 4096, or none"}});
  expect_failure({"pack", kdoc_folder().string(), "-o", folder / "x.nbl", "--self-test-prompt", ""},
                 kBadUsage, "--self-test-prompt '': give some text");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Calibration, NeedsATextWhereTheMethodLooksAtOne) {
  const TemporaryFolder folder;
  const std::vector<std::string> pack = {"pack", kdoc_folder().string(), "-o", folder / "x.nbl"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), pack.begin(), pack.end());
    return more;
  };
  const std::string readme = (kdoc_folder() / "README.md").string();
  const std::string binary = (kdoc_folder() / "tokenizer.model").string();
  expect_failure(with({"--method", "gptq"}), kBadUsage, "give --calibration FILE");
  expect_failure(with({"--calibration", readme}), kBadUsage, "--method rtn looks at no text");
  expect_failure(with({"--method", "gptq", "--calibration", folder / "missing"}), kBadInput,
                 "missing: ");
  expect_failure(with({"--method", "gptq", "--calibration", readme}), kBadInput,
                 "README.md: is too short to calibrate with");
  expect_failure(with({"--method", "awq", "--calibration", binary}), kBadInput,
                 "tokenizer.model: byte ");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Options, OfPlanThatAreRefusedSayWhatIsTaken) {
  expect_refusals({"plan", blob()}, {{"--context", "100000", "has a context of 512 tokens"},
                                     {"--context", "2000000", "0 to 1048576"},
                                     {"--batch", "0", "1 to 1024"},
                                     {"--kv", "int2", "model,f16,int8,hybrid,int4"},
                                     {"--sessions", "0", "1 to 65536"},
                                     {"--residency", "drop", "auto,keep,release"},
                                     {"--code-bytes", "-5", "0 to 4294967295"},
                                     {"--budget", "much", "100MB, 64MiB or 4096, or none"},
                                     {"--format", "xml", "text,json,header"}});
  expect_failure({"plan", blob(), "--context", "513"}, kBadUsage, "kdoc-int4.nbl has a context");
}

TEST(Options, OfVerifyAndEmbedThatAreRefusedSayWhatIsTaken) {
  expect_refusals({"verify", blob()}, {{"--threads", "300", "0 to 256"}});
  expect_refusals({"embed", blob(), "--target", "x86_64", "-o", "/tmp/never.o"},
                  {{"--prefix", "1x", "letters, digits and _"},
                   {"--section", "text", "a dot and visible ASCII"}});
  expect_refusals({"embed", blob(), "-o", "/tmp/never.o"},
                  {{"--target", "vax", "x86_64,aarch64,riscv64,riscv64-linux"}});
}

TEST(Options, OfEvalThatAreRefusedSayWhatIsTaken) {
  const std::string text = (kdoc_folder() / "README.md").string();
  expect_refusals({"eval", blob(), "--text", text},
                  {{"--window", "1", "2 to 1048576"},
                   {"--window", "513", "has a context of 512 tokens; give at most that"},
                   {"--stride", "513", "a window has 512 tokens of the text"},
                   {"--stride", "-1", "0 to 1048576"},
                   {"--windows", "-1", "0 to 4294967295"},
                   {"--context", "513", "has a context of 512 tokens"},
                   {"--batch", "1025", "1 to 1024"},
                   {"--threads", "300", "0 to 256"},
                   {"--isa", "vax", "usable here: auto"},
                   {"--kv", "int2", "model,f16,int8,hybrid,int4"}});
  expect_refusals({"eval", blob(), "--text", text, "--against", blob()},
                  {{"--max-loss", "-1", "0.000000 to 1000000"}});
  expect_failure({"eval", blob(), "--text", text, "--max-loss", "1"}, kBadUsage, "--against");
  expect_failure({"eval", blob(), "--text", text, "--layers"}, kBadUsage, "--against");
}

TEST(Options, OfCompareThatAreRefusedSayWhatIsTaken) {
  const std::vector<std::string> command = {"compare", blob(), blob(), "--prompts",
                                            (kdoc_folder() / "os-facts.jsonl").string()};
  expect_refusals(command, {{"--tokens", "0", "from 1 to 1048576"},
                            {"--context", "513", "has a context of 512 tokens"}});
  expect_failure({"compare", blob(), blob()}, kBadUsage, "--prompts");
  expect_failure({"compare", blob(), blob(), "--prompts", (kdoc_folder() / "README.md").string()},
                 kBadInput, "README.md: line 1");
}

TEST(Options, OfRunThatAreRefusedSayWhatIsTaken) {
  expect_refusals({"run", blob(), "x"}, {{"--context", "513", "has a context of 512 tokens"},
                                         {"--tokens", "-3", "'-3' is no whole number 0 or more"},
                                         {"--tokens", "many", "0 or more"},
                                         {"--seed", "-1", "0 or more"},
                                         {"--top-k", "-1", "from 0 to 4294967295"}});
}

TEST(Options, OfBenchThatAreRefusedSayWhatIsTaken) {
  expect_refusals({"bench", blob()}, {{"--prefill", "0", "from 1 to 1048576"},
                                      {"--decode", "-1", "from 1 to 1048576"},
                                      {"--depth", "2000000", "from 0 to 1048576"},
                                      {"--warmups", "-1", "from 0 to 10000"},
                                      {"--repeats", "0", "from 1 to 10000"},
                                      {"--threads", "1,0", "from 1 to 256"},
                                      {"--context", "513", "has a context of 512 tokens"}});
}

TEST(Usage, BadUsageNamesTheProgramAndTheHelp) {
  for (const char* option : {"--batch=0", "--frobnicate", "--kv=int2"})
    expect_failure({"run", blob(), "x", option}, kBadUsage, "; see nibble run --help\n");
  EXPECT_TRUE(run_nibble({"run"}).err.starts_with("nibble: BLOB is required"));
  expect_failure({"frobnicate"}, kBadUsage, "nibble: 'frobnicate' is no subcommand");
}

TEST(Files, MissingOnesAreBadInput) {
  for (const char* command : {"inspect", "plan", "verify"})
    expect_failure({command, "/no/such/file.nbl"}, kBadInput, "/no/such/file.nbl");
  expect_failure({"run", "/no/such/file.nbl", "Hello"}, kBadInput, "/no/such/file.nbl");
  expect_failure({"pack", "/no/such/folder", "-o", "x.nbl"}, kBadInput, "/no/such/folder");
}

TEST(Files, FoldersAreNoBlobs) {
  expect_failure({"verify", "/tmp"}, kBadInput, "/tmp");
}

TEST(Prompt, LongerThanTheContextIsRefused) {
  std::string prompt;
  for (int word = 0; word < 600; ++word) prompt += "kernel ";
  expect_failure({"run", blob(), prompt}, kBadInput, "context");
}

TEST(Budget, TooSmallOnePrintsTheBillAndPacksNothing) {
  const TemporaryFolder folder;
  const CommandResult result =
      run_nibble({"pack", kdoc_folder().string(), "-o", folder / "x.nbl", "--budget", "1MB"});
  EXPECT_EQ(result.status, kMissedBar) << result.err;
  EXPECT_NE(result.err.find("1,000,000"), std::string::npos) << result.err;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace nibble::test
