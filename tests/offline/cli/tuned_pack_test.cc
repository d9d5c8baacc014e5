// nibble pack where it chooses: the ladder, targets, what it refuses, and what it writes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>

#include "tests/documents/documented_members.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using Json = nlohmann::json;

/// Sentences of words in random order, others for each seed.
std::string sentences(uint32_t seed, size_t bytes) {
  const char* const words[] = {"kernel", "page",   "lock", "the",    "a",     "waits",
                               "for",    "driver", "of",   "memory", "queue", "frees",
                               "maps",   "on",     "bus",  "slowly"};
  std::mt19937 random(seed);
  std::string text;
  while (text.size() < bytes) {
    for (int i = 0; i < 9; ++i) text += std::string(words[random() % 16]) + " ";
    text.back() = '.';
    text += '\n';
  }
  return text;
}

/// The tiny model with a calibration and a validation text, in a folder for outputs.
class TunedPack : public testing::Test {
 protected:
  TunedPack() {
    std::ofstream(folder_ / "calibration.txt") << sentences(1, 40'000);
    std::ofstream(folder_ / "validation.txt") << sentences(2, 40'000);
  }

  std::string place(const std::string& name) const { return folder_ / name; }
  CommandResult pack(const std::vector<std::string>& options,
                     std::optional<uint64_t> file_size_limit = {},
                     const char* sample_tokens = "64") const {
    std::vector<std::string> command = {
        "pack",      tiny_folder(), "--calibration",   place("calibration.txt"),
        "--samples", "16",          "--sample-tokens", sample_tokens};
    command.insert(command.end(), options.begin(), options.end());
    return run_nibble(command, {.file_size_limit = file_size_limit, .timeout_seconds = 280});
  }
  std::string validation() const { return place("validation.txt"); }
  std::set<std::string> files() const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
      names.insert(entry.path().filename());
    }
    return names;
  }
  void expect_no_outputs() const {
    EXPECT_EQ(files(), (std::set<std::string>{"calibration.txt", "validation.txt"}));
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(TunedPack, StopsAtTheFirstRungThatPasses) {
  const CommandResult result = pack({"-o", place("out.nbl"), "--method", "auto", "--max-loss",
                                     "1000%", "--validation", validation(), "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const Json json = Json::parse(result.out);
  ASSERT_EQ(json.at("variants").size(), 1u);
  EXPECT_EQ(json.at("chosen"), "rtn");
  EXPECT_EQ(json.at("variants").at(0).at("loss"), "passed");
  EXPECT_EQ(json.at("bits_per_weight"), json.at("variants").at(0).at("bits_per_weight"));
  EXPECT_EQ(run_nibble({"verify", place("out.nbl")}).status, 0);
}

TEST_F(TunedPack, KeepsWithinTargets) {
  const CommandResult bits =
      pack({"-o", place("bits.nbl"), "--method", "gptq", "--target-bits", "6", "--json"});
  ASSERT_EQ(bits.status, 0) << bits.err;
  EXPECT_LE(Json::parse(bits.out).at("bits_per_weight"), 6);
  EXPECT_GT(Json::parse(bits.out).at("bits_per_weight"), 5);
  const CommandResult size = pack({"-o", place("size.nbl"), "--method", "gptq", "--target-size",
                                   "400kB", "--storage", "raw", "--json"});
  ASSERT_EQ(size.status, 0) << size.err;
  EXPECT_LE(Json::parse(size.out).at("blob_bytes"), 400'000);
}

TEST_F(TunedPack, FindsTheFewestBytesWithinALoss) {
  const CommandResult result = pack({"-o", place("out.nbl"), "--method", "gptq", "--target-loss",
                                     "5%", "--validation", validation(), "--json"});
  ASSERT_LE(result.status, 1) << result.err;
  const Json json = Json::parse(result.out);
  for (const Json& variant : json.at("variants")) {
    const bool is_smaller = variant.at("bits_per_weight") < json.at("bits_per_weight");
    EXPECT_FALSE(is_smaller && variant.at("loss") == "passed") << variant;
  }
}

TEST_F(TunedPack, EndsWithOneWhereTheBlobMissesTheBar) {
  const std::string blob = place("out.nbl");
  // A trained model on text of its own kind: what INT4 loses cannot be luck.
  const CommandResult result =
      run_nibble({"pack", kdoc_folder(), "-o", blob, "--method", "search", "--calibration",
                  source_folder() / "docs/FORMAT.md", "--samples", "16", "--sample-tokens", "64",
                  "--validation", source_folder() / "docs/CLI.md", "--max-loss", "0.1%", "--json"},
                 {.timeout_seconds = 280});
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_EQ(Json::parse(result.out).at("variants").at(0).at("loss"), "failed");
  EXPECT_EQ(run_nibble({"verify", blob}).status, 0) << "it was written all the same";
}

TEST_F(TunedPack, RefusesTargetsOutOfReachByTheirRange) {
  for (const std::vector<std::string>& target :
       {std::vector<std::string>{"--target-bits", "3"}, {"--target-size", "20kB"}}) {
    const CommandResult result =
        pack({"-o", place("out.nbl"), "--method", "gptq", target[0], target[1]});
    EXPECT_EQ(result.status, 2) << result.err;
    EXPECT_NE(result.err.find(target[0]), std::string::npos) << result.err;
    EXPECT_NE(result.err.find("this model takes from "), std::string::npos) << result.err;
  }
  expect_no_outputs();
}

TEST_F(TunedPack, RefusesAValidationTextThatCalibrates) {
  std::filesystem::copy(validation(), place("copy.txt"));
  for (const std::string& text : {validation(), place("copy.txt")}) {
    const CommandResult result =
        run_nibble({"pack", tiny_folder(), "-o", place("out.nbl"), "--method", "auto",
                    "--calibration", validation(), "--validation", text});
    EXPECT_EQ(result.status, 3) << result.err;
    EXPECT_NE(result.err.find("the calibration text " + validation()), std::string::npos)
        << result.err;
    EXPECT_NE(result.err.find(text), std::string::npos) << result.err;
  }
}

TEST_F(TunedPack, RefusesAValidationTextThatIsTooShort) {
  std::ofstream(place("short.txt")) << sentences(3, 900);
  const CommandResult result =
      pack({"-o", place("out.nbl"), "--method", "auto", "--validation", place("short.txt")});
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find("give a longer text"), std::string::npos) << result.err;
}

TEST_F(TunedPack, RefusesOptionsThatMissOneAnother) {
  const std::vector<std::vector<std::string>> commands = {
      {"-o", "x", "--method", "auto"},
      {"-o", "x", "--method", "gptq", "--target-loss", "2"},
      {"-o", "x", "--method", "gptq", "--report", "r.md"},
      {"--method", "gptq", "--artifacts", "d"},
      {"--method", "gptq"},
      {"-o", "x", "--method", "auto", "--target-bits", "5", "--validation", validation()},
      {"-o", "x", "--method", "gptq", "--target-bits", "5", "--target-size", "1MB"}};
  for (const auto& command : commands) EXPECT_EQ(pack(command).status, 2) << command[1];
  expect_no_outputs();
}

TEST_F(TunedPack, GivesTheSameBytesForAnyThreads) {
  for (const char* threads : {"1", "3"}) {
    const CommandResult result =
        pack({"-o", place(threads), "--method", "gptq", "--target-bits", "6", "--validation",
              validation(), "--max-loss", "1000", "--threads", threads});
    ASSERT_EQ(result.status, 0) << result.err;
  }
  EXPECT_EQ(read_file(place("1")), read_file(place("3")));
}

TEST_F(TunedPack, WritesAReportWithItsPlot) {
  const CommandResult result =
      pack({"-o", place("out.nbl"), "--method", "gptq", "--max-loss", "1000", "--validation",
            validation(), "--report", place("report.md")});
  ASSERT_EQ(result.status, 0) << result.err;
  const std::string page = read_file(place("report.md"));
  for (const char* part : {"| gptq | gptq | 16 |", "![Loss against bits per weight](report.svg)",
                           "| `model.layers.1.mlp.down_proj.weight` | int4:128 | 4 |"}) {
    EXPECT_NE(page.find(part), std::string::npos) << part << "\n" << page;
  }
  const std::string plot = read_file(place("report.svg"));
  EXPECT_TRUE(plot.starts_with("<svg "));
  EXPECT_NE(plot.find(">gptq</text>"), std::string::npos);
}

TEST_F(TunedPack, WritesArtifactsAsDocumented) {
  const CommandResult result =
      pack({"--artifacts", place("out"), "-o", place("out.nbl"), "--method", "gptq",
            "--target-bits", "6", "--max-loss", "1000", "--validation", validation()});
  ASSERT_EQ(result.status, 0) << result.err;
  const auto read = [&](const std::string& name) {
    return Json::parse(read_file(place("out/" + name)));
  };
  EXPECT_EQ(read_file(place("out/model.nbl")), read_file(place("out.nbl")));
  const Json report = read("validation_report.json"), settings = read("quantization_config.json");
  expect_documented("validation_report.json", report);
  expect_documented("quantization_summary.json", read("quantization_summary.json"));
  expect_documented("quantization_config.json", settings);

  Json config = read("config.json");
  EXPECT_EQ(config.at("quantization_config"), settings);
  config.erase("quantization_config");
  Json source = Json::parse(read_file(tiny_folder() / "config.json"));
  source["torch_dtype"] = "float16";
  EXPECT_EQ(config, source) << "all else is the source's";

  EXPECT_EQ(report.at("sizes").at("blob_bytes"), std::filesystem::file_size(place("out.nbl")));
  EXPECT_GT(report.at("speed").at("f16").at("decode_tokens_per_second"), 0);
  const std::string sum = run_command({"sha256sum", place("out/model.safetensors")}).out;
  EXPECT_EQ(report.at("digests").at("model.safetensors"), sum.substr(0, 64));
}

TEST_F(TunedPack, TrainsTowardsATargetAndTellsOfIt) {
  const CommandResult result =
      pack({"--artifacts", place("out"), "--method", "distill", "--steps", "2", "--target-bits",
            "6", "--max-loss", "1000", "--validation", validation(), "--json"});
  ASSERT_EQ(result.status, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json.at("distillation").at("steps"), 2);
  EXPECT_LE(json.at("bits_per_weight"), 6);
  const Json report = Json::parse(read_file(place("out/validation_report.json")));
  EXPECT_EQ(report.at("method").at("method"), "distill");
  EXPECT_EQ(run_nibble({"verify", place("out/model.nbl")}).status, 0);
}

TEST_F(TunedPack, NeverWritesArtifactsOverAnything) {
  std::filesystem::create_directory(place("full"));
  std::ofstream(place("full/kept.txt")) << "kept";
  const CommandResult result = pack({"--artifacts", place("full"), "--method", "gptq", "--max-loss",
                                     "1000", "--validation", validation()});
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("no empty folder"), std::string::npos) << result.err;
  EXPECT_EQ(read_file(place("full/kept.txt")), "kept");
  EXPECT_EQ(files(), (std::set<std::string>{"calibration.txt", "full", "validation.txt"}));
}

/// Where the blob does not fit, and where the blob does, but the checkpoint behind it does not.
TEST_F(TunedPack, LeavesNoArtifactsWhereTheDiskFills) {
  const std::vector<std::string> options = {"--artifacts",  place("out"), "--method",
                                            "rtn",          "--max-loss", "100000",
                                            "--validation", validation()};
  ASSERT_EQ(pack(options).status, 0);
  const uint64_t blob_bytes = std::filesystem::file_size(place("out/model.nbl"));
  ASSERT_GT(std::filesystem::file_size(place("out/model.safetensors")), blob_bytes);
  std::filesystem::remove_all(place("out"));
  // No room for what blocks hand on; then for that, and for the blob, but for no more.
  constexpr const char* kFewTokens = "16";
  const CommandResult no_scratch = pack(options, 4096, kFewTokens);
  EXPECT_EQ(no_scratch.status, 3) << no_scratch.err;
  EXPECT_NE(no_scratch.err.find("set TMPDIR"), std::string::npos) << no_scratch.err;
  expect_no_outputs();
  const CommandResult result = pack(options, blob_bytes, kFewTokens);
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find(place(".out.")), std::string::npos) << result.err;
  expect_no_outputs();
}

}  // namespace
}  // namespace nibble::test
