// nibble cycle: what it keeps, rejects, refuses, and leaves behind.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <fstream>

#include "tests/documents/documented_members.h"
#include "tests/offline/cycle/cycle_folder.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using Names = std::set<std::string>;

const Names kUntouched = {"tiny.bin", "tokenizer.bin"};
const Names kTold = {"quant_cycle.prom", "quant_decisions.jsonl", "tiny.bin", "tokenizer.bin"};
const Names kKept = {"quant_cycle.prom", "quant_decisions.jsonl", "tiny-int4.nbl", "tiny.bin",
                     "tokenizer.bin"};

void expect_mention(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << text;
}

TEST(Cycle, KeepsACandidateThatIsGoodEnough) {
  const CycleFolder folder;
  // Any speed is fast enough.
  const CommandResult result = folder.run({"--threshold", "100", "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(folder.names(), kKept);
  EXPECT_EQ(run_nibble({"verify", folder / "models/tiny-int4.nbl"}).status, 0);
  const auto events = folder.events();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(nlohmann::json::parse(result.out).at(0), events[0]);
  EXPECT_EQ(events[0].at("decision"), "keep");
  EXPECT_EQ(events[0].at("source_format"), "f16");
  EXPECT_EQ(events[0].at("target_format"), "int4");
  EXPECT_GT(events[0].at("original_throughput"), 0);
  const auto identity = run_nibble({"inspect", "--json", folder / "models/tiny-int4.nbl"}).out;
  expect_mention(identity, events[0].at("blob_identity").get<std::string>());
}

TEST(Cycle, RejectsACandidateThatIsNot) {
  const CycleFolder folder;
  // No candidate is so much faster.
  const CommandResult result = folder.run({"--threshold", "-1000000"});
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_EQ(folder.names(), kTold);
  EXPECT_EQ(folder.events().at(0).at("decision"), "reject");
  expect_mention(result.out, "is not below -1000000.00 %");
}

TEST(Cycle, RejectsALossOfQuality) {
  const CycleFolder folder;
  const std::string text = source_folder() / "docs/NUMERICS.md";
  ASSERT_EQ(folder.run({"--threshold", "100", "--text", text, "--max-loss", "0"}).status, 1)
      << "random weights lose something on any text";
  EXPECT_EQ(folder.run({"--threshold", "100", "--text", text, "--max-loss", "1000"}).status, 0);
  const auto events = folder.events();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_TRUE(events[0].at("quality_loss_percent").is_number());
  EXPECT_EQ(events[0].at("quality_loss_percent"), events[1].at("quality_loss_percent"));
  expect_documented("Decisions", events[1]);
}

TEST(Cycle, CountsOverRuns) {
  const CycleFolder folder;
  for (int run = 1; run <= 3; ++run) {
    ASSERT_EQ(folder.run({"--threshold", "100"}).status, 0);
    EXPECT_EQ(folder.counted(), run);
    EXPECT_EQ(folder.events().size(), static_cast<size_t>(run));
  }
}

TEST(Cycle, RefusesDamagedMetricsBeforeTheWork) {
  const CycleFolder folder;
  std::ofstream(folder / "models/quant_cycle.prom") << "damaged";
  const CommandResult result = folder.run();
  EXPECT_EQ(result.status, 3);
  expect_mention(result.err, "quant_cycle.prom: line 1: ");
  expect_mention(result.err, "The file stays as it is");
  EXPECT_EQ(read_file(folder / "models/quant_cycle.prom"), "damaged");
  EXPECT_TRUE(folder.events().empty());
}

TEST(Cycle, GoesOnBehindAModelThatCannotBeRead) {
  const CycleFolder folder;
  std::filesystem::create_directory(folder / "models/broken");
  std::ofstream(folder / "models/broken/config.json") << "{";
  const CommandResult result = folder.run({"--threshold", "100"});
  EXPECT_EQ(result.status, 3);
  expect_mention(result.out, "broken: no decision: ");
  expect_mention(result.out, "tiny: keep as tiny-int4.nbl");
  EXPECT_EQ(folder.counted(), 2) << "an error counts, too";
  EXPECT_EQ(folder.events().size(), 1u);
}

TEST(Cycle, TakesAModelOfAnyName) {
  const std::string name = "a \"b\"\nc\\d, \xC3\xA9";
  const CycleFolder folder(name);
  const CommandResult result = folder.run({"--threshold", "100", "--model", name});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(folder.events().at(0).at("model_name"), name);
  EXPECT_TRUE(folder.names().contains(name + "-int4.nbl"));
  ASSERT_EQ(folder.run({"--threshold", "100"}).status, 0);
  EXPECT_EQ(folder.counted(), 2);
}

TEST(Cycle, WaitsWithEventsThatTheCommandDoesNotTake) {
  const CycleFolder folder;
  const CommandResult failed =
      folder.run({"--threshold", "100", "--on-decision", "exit 7", "--on-decision-attempts", "1"});
  EXPECT_EQ(failed.status, 3);
  expect_mention(failed.err, "ended with status 7; 1 events wait for the next run");
  ASSERT_EQ(folder.run({"--threshold", "100", "--on-decision", "cat >> '" + (folder / "bus") + "'"})
                .status,
            0);
  EXPECT_EQ(read_file(folder / "bus"), read_file(folder / "models/quant_decisions.jsonl"));
  EXPECT_EQ(folder.names(), kKept);
}

TEST(Cycle, ADryRunMeasuresNothing) {
  const CycleFolder folder;
  const std::string bus = folder / "bus";
  const CommandResult result = folder.run({"--dry-run", "--on-decision", "cat > '" + bus + "'"});
  EXPECT_EQ(result.status, 0) << result.err;
  expect_mention(result.out, "dry run");
  Names names = kUntouched;
  names.insert({"quant_cycle.prom.dry-run", "quant_decisions.jsonl.dry-run"});
  EXPECT_EQ(folder.names(), names);
  const std::string metrics = read_file(folder / "models/quant_cycle.prom.dry-run");
  expect_mention(metrics, "{result=\"dry_run\",model_name=\"generated\"");
  EXPECT_EQ(metrics.find("tokens_per_second{"), std::string::npos) << metrics;
  EXPECT_EQ(nlohmann::json::parse(read_file(bus)).at("event_type"), "QUANT_DECISION_DRY_RUN");
}

TEST(Cycle, ADryRunNeedsNoFolder) {
  const CommandResult result = run_nibble({"cycle", "--dry-run"});
  EXPECT_EQ(result.status, 0) << result.err;
}

TEST(Cycle, TakesItsDefaultsFromTheEnvironment) {
  const CycleFolder folder;
  const std::string models = folder / "models";
  const std::string program = nibble_program();
  const auto run = [&](const std::string& variables) {
    return run_command({"sh", "-c", variables + " '" + program + "' cycle"});
  };
  EXPECT_EQ(run("MODEL_DIR='" + models + "' QUANT_CYCLE_THRESHOLD=-1000000").status, 1);
  EXPECT_EQ(folder.events().at(0).at("threshold_percent"), -1000000);
  expect_mention(run("DRY_RUN=true").out, "dry run");
  EXPECT_EQ(run("QUANT_CYCLE_THRESHOLD=much MODEL_DIR='" + models + "'").status, 2);
  EXPECT_EQ(run("QUANT_CYCLE_THRESHOLD=nan MODEL_DIR='" + models + "'").status, 2);
  EXPECT_EQ(run("").status, 2);
}

TEST(Cycle, SaysWhatTheFolderLacks) {
  const TemporaryFolder empty;
  const CommandResult none = run_nibble({"cycle", "--models", empty.path()});
  EXPECT_EQ(none.status, 3);
  expect_mention(none.err, "has no model that nibble pack takes");
  const CommandResult model = run_nibble({"cycle", "--models", kdoc_folder()});
  EXPECT_EQ(model.status, 3);
  expect_mention(model.err, "is a model itself; give the folder that it is in");
}

TEST(Cycle, LeavesTheFolderAsItWasWhereTheDiskFills) {
  const CycleFolder folder;
  const CommandResult result =
      run_nibble(folder.arguments(), {.file_size_limit = 50'000});  // less than the candidate
  EXPECT_EQ(result.status, 3) << result.out;
  EXPECT_EQ(folder.events().size(), 0u);
  EXPECT_FALSE(folder.names().contains(".nibble-cycle"));
  EXPECT_FALSE(folder.names().contains("tiny-int4.nbl"));
}

}  // namespace
}  // namespace nibble::test
