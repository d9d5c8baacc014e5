// nibble tune and load-check as processes: what they write, skip, refuse and never lose.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "tests/documents/documented_members.h"
#include "tests/documents/fenced_blocks.h"
#include "tests/support/background_command.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Tune : public testing::Test {
 protected:
  std::string place(const std::string& name) const { return folder_ / name; }

  /// A small and quick matrix into "results".
  CommandResult tune(std::vector<std::string> arguments,
                     std::optional<uint64_t> file_size_limit = {}) const {
    const std::vector<std::string> common = {"tune",
                                             "--results-dir",
                                             place("results"),
                                             "--runs",
                                             "2",
                                             "--rounds",
                                             "2",
                                             "--warmups",
                                             "0",
                                             "--prompt-tokens",
                                             "4",
                                             "--new-tokens",
                                             "3"};
    arguments.insert(arguments.begin(), common.begin(), common.end());
    return run_nibble(arguments, {.file_size_limit = file_size_limit, .timeout_seconds = 250});
  }

  std::vector<fs::path> results(const std::string& extension) const {
    std::vector<fs::path> found;
    if (!fs::exists(place("results"))) return found;
    for (const auto& entry : fs::directory_iterator(place("results")))
      if (entry.path().extension() == extension) found.push_back(entry.path());
    std::ranges::sort(found);
    return found;
  }
  /// The only result file of a variant.
  Json cells_of(const std::string& variant) const {
    for (const fs::path& file : results(".json"))
      if (file.filename().string().starts_with(variant + "_")) return Json::parse(read_file(file));
    ADD_FAILURE() << "no result file of " << variant;
    return Json::array();
  }

  TemporaryFolder folder_;
};

TEST_F(Tune, MeasuresAndAddsToWhatIsThere) {
  const std::string model = place("a model, 'quoted' ü");
  fs::copy(tiny_folder(), model, fs::copy_options::recursive);
  std::ofstream(place("rules.jsonl")) << R"({"prompt": "a", "contains": "surely not in it"})"
                                      << "\n"
                                      << R"({"prompt": "b", "regex": "[^]"})" << "\n";
  const std::vector<std::string> arguments = {model,
                                              "--variants",
                                              "int8,q4_0",
                                              "--batch-sizes",
                                              "1,2",
                                              "--obedience",
                                              place("rules.jsonl"),
                                              "--text",
                                              source_folder() / "docs/FORMAT.md",
                                              "--windows",
                                              "2",
                                              "--against",
                                              blob_path("tiny-f16").string()};
  const CommandResult first = tune(arguments);
  ASSERT_EQ(first.status, 0) << first.err;
  EXPECT_TRUE(has(first.err, "q4_0 stands for int4-g32: --weights int4 --group 32")) << first.err;
  EXPECT_TRUE(has(first.out, "a model, '\\''quoted'\\'' ü' --variants int8,q4_0")) << first.out;
  const CommandResult second = tune(arguments);
  ASSERT_EQ(second.status, 0) << second.err;

  EXPECT_EQ(results(".nbl").size(), 2u) << "packed once";
  const CommandResult sums =
      run_command({"sha256sum", "-c", "--strict", "SHA256SUMS"}, {.folder = place("results")});
  EXPECT_EQ(sums.status, 0) << sums.out << sums.err;
  for (const char* const variant : {"int8", "int4-g32"}) {
    const Json cells = cells_of(variant);
    ASSERT_EQ(cells.size(), 4u) << "two of each run";
    expect_documented("Result files", cells.at(0));
    for (const Json& cell : cells) {
      EXPECT_EQ(cell.at("latency_ms").at("samples").size(),
                2 * cell.at("batch_size").get<size_t>());
      EXPECT_EQ(cell.at("obedience_pass_rate"), 0.5);
      EXPECT_EQ(cell.at("obedience").at("failures").size(), 1u);
      EXPECT_GT(cell.at("peak_rss_bytes"), cell.at("blob").at("bytes"));
      EXPECT_EQ(cell.at("sample_outputs").size(), 3u);
    }
  }
  const auto pages = results(".md");
  ASSERT_GE(pages.size(), 1u);
  EXPECT_TRUE(has(read_file(pages[0]), "GB of RAM")) << read_file(pages[0]);
}

TEST_F(Tune, BillsAreThoseOfThePlan) {
  const std::string blob = blob_path("tiny-int4").string();
  ASSERT_EQ(tune({blob, "--batch-sizes", "1,3"}).status, 0);
  const Json cells = cells_of("int4");
  ASSERT_EQ(cells.size(), 2u);
  for (const Json& cell : cells) {
    std::vector<std::string> plan = {"plan", blob, "--json"};
    const uint32_t batch_size = cell.at("batch_size");
    if (batch_size > 1) {
      plan.insert(plan.end(), {"--batched", "--sessions", std::to_string(batch_size)});
    }
    const Json bill = Json::parse(run_nibble(plan).out);
    EXPECT_EQ(cell.at("bill").at("total_bytes"), bill.at("total_bytes")) << batch_size;
  }
}

TEST_F(Tune, VariantsAreTheOptionsThatTheyList) {
  const std::string list = run_nibble({"tune", "--list-variants"}).out;
  for (const char* const name : {"mixed-zero-g32-kv-hybrid", "int4-g64-kv4", "f16", "int8-kv8"}) {
    std::string options;
    for (const std::string& line : lines_of(list)) {
      if (line.starts_with(std::string(name) + " ")) options = line.substr(line.find("--"));
    }
    ASSERT_NE(options, "") << name;
    const std::string blob = place(std::string(name) + ".nbl");
    const CommandResult packed =
        run_command({"bash", "-c", "\"$0\" pack \"$1\" -o \"$2\" " + options,
                     nibble_program().string(), tiny_folder().string(), blob});
    ASSERT_EQ(packed.status, 0) << packed.err;
    ASSERT_EQ(tune({tiny_folder().string(), "--variants", name}).status, 0);
    const std::string identity =
        Json::parse(run_nibble({"inspect", blob, "--json"}).out).at("identity");
    EXPECT_EQ(cells_of(name).at(0).at("blob").at("identity"), identity) << options;
  }
}

TEST_F(Tune, DryRunsTouchNothing) {
  const CommandResult result = tune({tiny_folder().string(), blob_path("tiny-int8").string(),
                                     place("none"), "--batch-sizes", "1,4", "--dry-run"});
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(has(result.out, "estimate: about ")) << result.out;
  EXPECT_TRUE(has(result.out, "it is rough, since nothing was measured"));
  EXPECT_TRUE(has(result.err, "none: skipped: there is no such file or folder"));
  EXPECT_FALSE(fs::exists(place("results")));
  EXPECT_EQ(lines_of(result.out).size(), 1 + 2 * 5 + 2 * 1 + 2u);
}

TEST_F(Tune, MissingSourcesAreNoFailure) {
  const CommandResult result = tune({place("none"), place("new\nline")});
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(has(result.err, "there is nothing to measure")) << result.err;
}

TEST_F(Tune, TakesDefaultsFromTheEnvironment) {
  const auto with = [&](const std::string& settings, const std::string& more) {
    return run_command({"bash", "-c", settings + " \"$0\" tune \"$1\" --dry-run " + more,
                        nibble_program().string(), tiny_folder().string()},
                       {.folder = folder_.path()});
  };
  const std::string out = with("VARIANTS=int8,f16 BATCH_SIZES=1,4 RUNS=7 WARMUPS=0", "").out;
  EXPECT_EQ(lines_of(out).size(), 1 + 4 + 2u) << out;
  EXPECT_TRUE(has(out, "7 runs in 4 processes, each after 0 warm-ups")) << out;
  EXPECT_TRUE(has(with("RUNS=7", "--runs 9").out, "9 runs"));
  EXPECT_TRUE(has(with("RUNS=", "").out, "20 runs")) << "empty is not given";
  for (const char* const wrong : {"RUNS=0", "BATCH_SIZES=1,x", "VARIANTS=int5", "WARMUPS=-1"}) {
    const CommandResult result = with(wrong, "");
    EXPECT_EQ(result.status, 2) << wrong;
    const std::string name = std::string(wrong).substr(0, std::string(wrong).find('='));
    EXPECT_TRUE(has(result.err, name == "VARIANTS" ? "int5" : name)) << result.err;
  }
}

TEST_F(Tune, RefusesWhatMakesNoSense) {
  const std::vector<std::vector<std::string>> commands = {{"--runs", "0", "x"},
                                                          {"--batch-sizes", "0", "x"},
                                                          {"--variants", "q2_K", "x"},
                                                          {"--against", "x.nbl", "x"},
                                                          {"--dry-run"},
                                                          {"--new-tokens", "1", "x"},
                                                          {"--variants", "int4,bad", "x"}};
  for (const auto& command : commands) EXPECT_EQ(tune(command).status, 2) << command.at(0);
  const CommandResult narrow = tune({"--variants", "q2_K", "x"});
  EXPECT_TRUE(has(narrow.err, "weights have four bits at least")) << narrow.err;
}

TEST_F(Tune, RefusesAnInvalidExpressionBeforeAnyWork) {
  std::ofstream(place("rules.jsonl")) << R"({"prompt": "a", "regex": "("})";
  const CommandResult result =
      tune({blob_path("tiny-int8").string(), "--obedience", place("rules.jsonl")});
  EXPECT_EQ(result.status, 3);
  EXPECT_TRUE(has(result.err, "rules.jsonl: line 1: /regex")) << result.err;
  EXPECT_FALSE(fs::exists(place("results")));
}

TEST_F(Tune, LeavesOutWhatFailsAndKeepsTheRest) {
  std::string damaged = read_file(blob_path("tiny-int8"));
  damaged[damaged.size() / 2] ^= 1;
  std::ofstream(place("damaged.nbl"), std::ios::binary) << damaged;
  fs::create_directory(place("no model"));
  const CommandResult result = tune({place("damaged.nbl"), place("no model"),
                                     blob_path("tiny-int4").string(), "--variants", "int8"});
  EXPECT_EQ(result.status, 3);
  EXPECT_TRUE(has(result.err, "variant damaged is left out")) << result.err;
  EXPECT_TRUE(has(result.err, "variant int8 of " + place("no model") + " was not packed"))
      << result.err;
  EXPECT_EQ(cells_of("int4").size(), 1u);
  EXPECT_EQ(results(".json").size(), 1u);
}

TEST_F(Tune, TellsOfCellsThatDoNotFit) {
  const CommandResult result =
      run_nibble({"tune", blob_path("tiny-int4").string(), "--results-dir", place("results"),
                  "--runs", "1", "--prompt-tokens", "100000"});
  EXPECT_EQ(result.status, 3);
  EXPECT_TRUE(has(result.err, "give less --prompt-tokens or --new-tokens")) << result.err;
  EXPECT_TRUE(has(result.err, "the cell was not measured")) << result.err;
  EXPECT_TRUE(results(".json").empty());
}

TEST_F(Tune, EndsCellsThatTakeTooLong) {
  const CommandResult result = tune({blob_path("tiny-int4").string(), "--timeout", "0.001"});
  EXPECT_EQ(result.status, 3);
  EXPECT_TRUE(has(result.err, "no answer within the time limit")) << result.err;
}

TEST_F(Tune, RefusesToAddToWhatIsNoResultFile) {
  ASSERT_EQ(tune({blob_path("tiny-int4").string()}).status, 0);
  const fs::path file = results(".json").at(0);
  const std::string whole = read_file(file);
  for (const std::string& text :
       {whole.substr(0, whole.size() / 2), std::string("[{\"schema_version\": 2}]")}) {
    std::ofstream(file, std::ios::trunc) << text;
    const CommandResult result = tune({blob_path("tiny-int4").string()});
    EXPECT_EQ(result.status, 3);
    EXPECT_TRUE(has(result.err, file.string())) << result.err;
    EXPECT_TRUE(has(result.err, "move it to another folder")) << result.err;
    EXPECT_EQ(read_file(file), text) << "what is there stays";
    EXPECT_EQ(
        run_nibble({"tune", "--collect", place("results"), "--output-csv", place("x.csv")}).status,
        3);
    EXPECT_FALSE(fs::exists(place("x.csv")));
  }
}

TEST_F(Tune, PrintsTheCellThatADiskDoesNotTake) {
  const CommandResult result = tune({blob_path("tiny-int4").string()}, 1000);
  EXPECT_EQ(result.status, 3);
  const Json cell = Json::parse(result.out);
  EXPECT_EQ(cell.at("variant"), "int4");
  EXPECT_TRUE(has(result.err, "could not be added")) << result.err;
  EXPECT_TRUE(fs::is_empty(place("results"))) << "a partial file was left";
}

TEST_F(Tune, CollectsTablesPagesAndPlots) {
  std::ofstream(place("rules.jsonl")) << R"({"prompt": "a", "max_tokens": 9})";
  ASSERT_EQ(tune({blob_path("tiny-int4").string(), blob_path("tiny-int8").string(), "--obedience",
                  place("rules.jsonl")})
                .status,
            0);
  const CommandResult result =
      run_nibble({"tune", "--collect", place("results"), "--output-csv", place("all of it.csv")});
  ASSERT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.out, read_file(place("all of it.md")));
  EXPECT_EQ(lines_of(read_file(place("all of it.csv"))).size(), 3u);
  EXPECT_TRUE(has(result.out, "](<all of it.svg>)")) << result.out;
  EXPECT_TRUE(read_file(place("all of it.svg")).starts_with("<svg "));
  const CommandResult none =
      run_nibble({"tune", "--collect", place("none"), "--output-csv", place("x.csv")});
  EXPECT_EQ(none.status, 3);
}

TEST_F(Tune, KeepsWhatWasMeasuredBeforeAnInterrupt) {
  for (int seconds = 2; results(".json").empty(); seconds *= 2) {
    ASSERT_LT(seconds, 100) << "no cell had a round in that time";
    BackgroundCommand command({nibble_program(), "tune", blob_path("tiny-int4"), "--batch-sizes",
                               "1,2", "--runs", "4000", "--rounds", "2000", "--prompt-tokens", "4",
                               "--new-tokens", "3", "--results-dir", place("results")},
                              place("log"));
    std::this_thread::sleep_for(std::chrono::seconds(seconds));
    command.signal(SIGINT);
    EXPECT_EQ(command.wait(), 130);
  }
  for (const Json& cell : Json::parse(read_file(results(".json").front()))) {
    EXPECT_GT(cell.at("runs"), 0);
    EXPECT_LT(cell.at("runs"), 4000);
    EXPECT_EQ(cell.at("latency_ms").at("samples").size(),
              cell.at("runs").get<size_t>() * cell.at("batch_size").get<size_t>());
  }
}

TEST_F(Tune, LoadCheckHasALineForEachBlob) {
  std::string damaged = read_file(blob_path("tiny-int8"));
  damaged.back() ^= 1;
  std::ofstream(place("damaged.nbl"), std::ios::binary) << damaged;
  const std::string good = blob_path("tiny-int4").string();
  const CommandResult result =
      run_nibble({"load-check", good, place("damaged.nbl"), place("new\nline")});
  EXPECT_EQ(result.status, 3);
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 3u) << result.out;
  EXPECT_EQ(Json::parse(lines[0]).at("status"), "ok");
  EXPECT_EQ(Json::parse(lines[0]).at("identity").get<std::string>().size(), 64u);
  EXPECT_EQ(Json::parse(lines[1]).at("status"), "failed");
  EXPECT_TRUE(has(Json::parse(lines[1]).at("error"), "damaged.nbl"));
  EXPECT_EQ(Json::parse(lines[2]).at("blob"), place("new\nline"));
  EXPECT_EQ(run_nibble({"load-check", good}).status, 0);
}

TEST_F(Tune, LoadCheckEndsWithOneAfterATimeOut) {
  const CommandResult result = run_nibble(
      {"load-check", place("none"), blob_path("kdoc-f16").string(), "--timeout", "0.001"});
  EXPECT_EQ(result.status, 1);
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(Json::parse(lines[1]).at("status"), "timeout");
}

}  // namespace
}  // namespace nibble::test
