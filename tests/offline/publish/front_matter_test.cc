// Front matter: written strictly, read strictly, judged by the hubs' rules.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/front_matter.h"

#include <gtest/gtest.h>

#include "offline/files/input_error.h"
#include "tests/support/command.h"

namespace nibble::test {
namespace {

using offline::FrontMatter;

FrontMatter hostile_matter() {
  return {"mit",
          {"owner/name"},
          {"a: b", "- c", "d \"e\"\nf\\g", "yes", "\xC3\xA9", "# h"},
          {"no"},
          "text-generation"};
}

TEST(FrontMatter, SurvivesAnyText) {
  const FrontMatter read =
      offline::read_front_matter(offline::front_matter_text(hostile_matter()) + "# card\n", "c.md");
  EXPECT_EQ(read.license, "mit");
  EXPECT_EQ(read.base_model, hostile_matter().base_model);
  EXPECT_EQ(read.tags, hostile_matter().tags);
  EXPECT_EQ(read.language, hostile_matter().language);
}

TEST(FrontMatter, IsWhatAYamlReaderReads) {
  const std::string text = offline::front_matter_text(hostile_matter());
  const CommandResult result =
      run_command({"python3", "-c",
                   "import sys\ntry: import yaml\nexcept ImportError: sys.exit(77)\n"
                   "m = yaml.safe_load(sys.stdin.read().split('---')[1])\n"
                   "assert m['language'] == ['no'], m\n"
                   "assert m['tags'][2] == 'd \"e\"\\nf\\\\g' and m['tags'][3] == 'yes', m\n"},
                  {.input = text});
  if (result.status == 77) GTEST_SKIP() << "python3-yaml is not installed";
  EXPECT_EQ(result.status, 0) << result.err << text;
}

TEST(FrontMatter, TakesPlainWordsOfOthers) {
  const FrontMatter read = offline::read_front_matter(
      "---\nlicense: apache-2.0\nlanguage:\n  - en\ntags:\n- x y\nother: thing\n---\n", "c.md");
  EXPECT_EQ(read.license, "apache-2.0");
  EXPECT_EQ(read.language, std::vector<std::string>{"en"});
  EXPECT_EQ(read.tags, std::vector<std::string>{"x y"});
}

TEST(FrontMatter, RefusesWhatIsNone) {
  for (const char* card :
       {"", "# card\n", "---\nlicense: mit\n", "---\nlicense: mit\nlicense: mit\n---\n",
        "---\nlicense:mit\n---\n", "---\nlicense: [mit]\n---\n", "---\nlicense: \"mit\n---\n",
        "---\n- x\n---\n", "---\nlicense:\n- mit\n---\n", "---\n  deep: x\n---\n"}) {
    EXPECT_THROW(offline::read_front_matter(card, "c.md"), offline::InputError) << card;
  }
}

TEST(FrontMatter, IsJudgedByTheRulesOfHubs) {
  EXPECT_TRUE(offline::check_front_matter(hostile_matter()).empty());
  const auto fault = [](const std::function<void(FrontMatter&)>& change) {
    FrontMatter matter = hostile_matter();
    change(matter);
    const auto faults = offline::check_front_matter(matter);
    return faults.size() == 1 ? faults[0] : std::to_string(faults.size()) + " faults";
  };
  EXPECT_NE(fault([](auto& m) { m.license = "MIT"; }).find("license 'MIT'"), std::string::npos);
  EXPECT_NE(fault([](auto& m) { m.base_model = {"name"}; }).find("base_model"), std::string::npos);
  EXPECT_NE(fault([](auto& m) { m.language = {"English"}; }).find("language"), std::string::npos);
  EXPECT_NE(fault([](auto& m) { m.tags.clear(); }).find("tags"), std::string::npos);
  EXPECT_NE(fault([](auto& m) { m.pipeline_tag = "x"; }).find("pipeline_tag"), std::string::npos);
}

TEST(HubLicense, KnowsNamesOfSpdx) {
  EXPECT_EQ(offline::hub_license("GPL-2.0-only"), "gpl-2.0");
  EXPECT_EQ(offline::hub_license("Apache-2.0"), "apache-2.0");
  EXPECT_EQ(offline::hub_license("My license"), "other");
}

}  // namespace
}  // namespace nibble::test
