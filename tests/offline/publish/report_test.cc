// nibble report: pages, cards and bundles of result files, and the check of a bundle.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "offline/results/result_file.h"
#include "tests/documents/documented_members.h"
#include "tests/offline/publish/some_group.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

void expect_mention(const std::string& text, const std::string& part) {
  EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

const std::string kModel = "kdoc \"6m\" | <b>\n\xC3\xA9";

/// Results of a model with a hostile name; its variant int4 is a blob that is there.
class Report : public testing::Test {
 protected:
  Report() {
    fs::create_directory(folder_ / "blobs");
    fs::create_directory(folder_ / "results");
    fs::copy_file(blob_path("kdoc-int4"), folder_ / "blobs/m-int4.nbl");
    const json facts =
        json::parse(run_nibble({"inspect", "--json", place("blobs/m-int4.nbl")}).out);
    for (const char* variant : {"f16", "int4"}) {
      for (const uint32_t batch_size : {1, 4}) {
        offline::ResultCell cell = some_cell(kModel, variant, batch_size);
        if (cell.variant == "int4") cell.blob.identity = facts.at("identity");
        offline::append_result(folder_ / "results", cell);
      }
    }
  }

  std::string place(const std::string& name) const { return folder_ / name; }
  CommandResult report(const std::vector<std::string>& more) const {
    std::vector<std::string> command = {"report", place("results")};
    command.insert(command.end(), more.begin(), more.end());
    return run_nibble(command);
  }
  CommandResult bundle() const {
    return report({"--bundle", place("bundle"), "--variant", "int4", "--blobs", place("blobs"),
                   "--language", "en", "--base-model", "owner/kdoc-6m"});
  }
  CommandResult check() const { return run_nibble({"report", "--check", place("bundle")}); }

  TemporaryFolder folder_;
};

TEST_F(Report, TellsOfEveryVariant) {
  const CommandResult result = report({});
  ASSERT_EQ(result.status, 0) << result.err;
  for (const char* part :
       {"| int4 | 4 | 1 | 1600 | 4.00 × |", "| 75.0 % |", "## Recommendations", "Anomalies",
        "| Little memory | int4 | the bill is 2.00 MB with batch 1 |", " a time there was"}) {
    expect_mention(result.out, part);
  }
}

TEST_F(Report, WritesItsPlotsBesideIt) {
  ASSERT_EQ(report({"-o", place("report.md"), "--html", place("report.html")}).status, 0);
  expect_mention(read_file(place("report.md")), "](<speed.svg>)");
  expect_mention(read_file(place("speed.svg")), "prefers-color-scheme: dark");
  const std::string html = read_file(place("report.html"));
  EXPECT_EQ(html.find("<b>"), std::string::npos) << "the model's name is no markup";
  EXPECT_EQ(html.find("src="), std::string::npos) << "it needs no other file";
  expect_mention(html, "prefers-color-scheme: dark");
}

TEST_F(Report, WritesACardForEachVariant) {
  ASSERT_EQ(report({"--model-card", place("cards"), "--license", "mit"}).status, 0);
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_ / "cards")) {
    names.insert(entry.path().filename());
  }
  const std::string stem = "kdoc \"6m\" | <b>_\xC3\xA9-";
  EXPECT_EQ(names, (std::set<std::string>{"README.md", stem + "f16.md", stem + "int4.md",
                                          "speed.svg", "tradeoff.svg"}));
  const std::string card = read_file(place("cards/" + stem + "int4.md"));
  for (const char* part :
       {"license: \"mit\"", "pipeline_tag: \"text-generation\"",
        "| Memory, less than f16 | 75.0 % |", "| Obedience | not measured |",
        "nibble run 'm-int4.nbl'", "#include <nibble/nibble.h>", "#include <nibble/generator.h>",
        "## Limits", "| Blob SHA-256 | not told without the blob |"}) {
    expect_mention(card, part);
  }
}

TEST_F(Report, ACardHasTheAnomaliesOfItsVariantAlone) {
  for (const char* variant : {"f16", "int4"}) {
    offline::ResultCell cell = some_cell(kModel, variant, 1);
    cell.timestamp = "2026-11-22T04:00:00Z";
    cell.peak_rss_bytes = 100'000'000;
    offline::append_result(folder_ / "results", cell);
  }
  ASSERT_EQ(report({"--model-card", place("cards"), "--license", "mit"}).status, 0);
  const std::string card = read_file(place("cards/kdoc \"6m\" | <b>_\xC3\xA9-int4.md"));
  expect_mention(card, "\n* int4, batch 1, 1 thread: the process took 100.00 MB");
  EXPECT_EQ(card.find("\n* f16, batch"), std::string::npos);
}

TEST_F(Report, BundlesPassTheirCheck) {
  const CommandResult result = bundle();
  ASSERT_EQ(result.status, 0) << result.err;
  const CommandResult checked = check();
  EXPECT_EQ(checked.status, 0) << checked.out << checked.err;
  EXPECT_EQ(
      run_command({"sha256sum", "--strict", "-c", "SHA256SUMS"}, {.folder = folder_ / "bundle"})
          .status,
      0);
  const std::string card = read_file(place("bundle/README.md"));
  expect_mention(card, "license: \"gpl-2.0\"");
  expect_mention(card, "| Layers | 6 |");
  for (const std::string name : {"config.json", "quantization.json"}) {
    expect_documented("Bundle: " + name, json::parse(read_file(place("bundle/" + name))));
  }
  json validation = json::parse(read_file(place("bundle/validation.json")));
  EXPECT_EQ(validation.at("cells").size(), 4u) << "f16's, which ratios are of, too";
  validation.at("cells").clear();  // documented as result files
  expect_documented("Bundle: validation.json", validation);
}

TEST_F(Report, ACheckFindsOneByteInAnyFile) {
  ASSERT_EQ(bundle().status, 0);
  for (const auto& entry : fs::directory_iterator(folder_ / "bundle")) {
    const std::string path = entry.path();
    const std::string whole = read_file(path);
    std::string changed = whole;
    changed[changed.size() / 2] ^= 1;
    std::ofstream(path, std::ios::binary) << changed;
    const CommandResult checked = check();
    EXPECT_EQ(checked.status, 1) << path << checked.err;
    std::ofstream(path, std::ios::binary) << whole;
  }
  EXPECT_EQ(check().status, 0);
}

/// Each fault alone, with checksums made anew, so that only its own check can see it.
TEST_F(Report, ACheckReadsTheFiles) {
  const auto found = [&](const std::string& file, const std::string& what,
                         const std::string& with) {
    fs::remove_all(folder_ / "bundle");
    EXPECT_EQ(bundle().status, 0);
    std::string text = read_file(place("bundle/" + file));
    EXPECT_NE(text.find(what), std::string::npos) << what;
    text.replace(text.find(what), what.size(), with);
    std::ofstream(place("bundle/" + file)) << text;
    run_command({"sh", "-c", "rm SHA256SUMS; sha256sum * > sums; mv sums SHA256SUMS"},
                {.folder = folder_ / "bundle"});
    const CommandResult checked = check();
    EXPECT_EQ(checked.status, 1) << checked.out;
    return checked.out;
  };
  expect_mention(found("README.md", "gpl-2.0", "gpl-9.9"), "license 'gpl-9.9'");
  expect_mention(found("README.md", "(<speed.svg>)", "(<gone.svg>)"), "'gone.svg' leads nowhere");
  expect_mention(found("README.md", "| Blob identity | ", "| Blob identity | 0"),
                 "the card has no line '| Blob identity | ");
  expect_mention(found("README.md", "| Blob SHA-256 | ", "| Blob SHA-256 | 0"),
                 "the card has no line '| Blob SHA-256 | ");
  expect_mention(found("config.json", "\"identity\": \"", "\"identity\": \"0"),
                 "config.json: the identity 0");
  expect_mention(found("validation.json", "\"identity\": \"", "\"identity\": \"0"),
                 "validation.json: the identity 0");
  fs::remove(folder_ / "bundle/quantization.json");
  expect_mention(check().out, "quantization.json is missing");
  std::ofstream(place("bundle/extra")) << "x";
  expect_mention(check().out, "extra is not what SHA256SUMS says of it, or is not listed");
}

TEST_F(Report, RefusesABlobThatWasNotMeasured) {
  fs::copy_file(blob_path("kdoc-int8"), folder_ / "blobs/m-int4.nbl",
                fs::copy_options::overwrite_existing);
  const CommandResult result = bundle();
  EXPECT_EQ(result.status, 3);
  expect_mention(result.err, "but the results are of");
  EXPECT_FALSE(fs::exists(folder_ / "bundle"));
}

TEST_F(Report, KeepsHostsApart) {
  offline::ResultCell cell = some_cell(kModel, "int4", 1);
  cell.host.cpu = "Another CPU";
  offline::append_result(folder_ / "results", cell);
  const CommandResult page = report({});
  ASSERT_EQ(page.status, 0);
  expect_mention(page.out, "are not compared");
  const CommandResult cards = report({"--model-card", place("cards"), "--license", "mit"});
  EXPECT_EQ(cards.status, 2);
  expect_mention(cards.err, "give --group NUMBER:");
  EXPECT_EQ(report({"--model-card", place("cards"), "--license", "mit", "--group", "2"}).status, 0);
}

TEST_F(Report, RefusesWhatMakesNoSense) {
  EXPECT_EQ(run_nibble({"report"}).status, 2);
  EXPECT_EQ(report({"--bundle", place("b"), "--blobs", place("blobs")}).status, 2);
  EXPECT_EQ(report({"--bundle", place("b"), "--variant", "int4"}).status, 2);
  EXPECT_EQ(report({"--model-card", place("c")}).status, 2) << "no license";
  EXPECT_EQ(report({"--model-card", place("c"), "--license", "my own"}).status, 2);
  const CommandResult variant =
      report({"--html", place("h"), "--license", "mit", "--variant", "x"});
  EXPECT_EQ(variant.status, 2);
  expect_mention(variant.err, "no such variant");
  EXPECT_EQ(run_nibble({"report", place("blobs/m-int4.nbl")}).status, 3);
  EXPECT_EQ(run_nibble({"report", "--check", place("results")}).status, 1);
}

}  // namespace
}  // namespace nibble::test
