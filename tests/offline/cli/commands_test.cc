// Each subcommand as a process, doing what it is for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using Json = nlohmann::json;

const std::string kPrompt = "PCI device 8086:10d3 is";
const std::string kReply = " the Intel 82574L Gigabit Network Connection.";

std::string kdoc(const std::string& weights = "int8") {
  return blob_path("kdoc-" + weights).string();
}

/// Standard output of a command that must succeed and say nothing on standard error.
std::string output_of(const std::vector<std::string>& arguments,
                      const CommandOptions& options = {}) {
  const CommandResult result = run_nibble(arguments, options);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_EQ(result.err, "");
  return result.out;
}

Json json_of(std::vector<std::string> arguments) {
  arguments.push_back("--json");
  return Json::parse(output_of(arguments));
}

TEST(Pack, SummarisesWhatItWrote) {
  const TemporaryFolder folder;
  const std::string blob = folder / "kdoc.nbl";
  const Json summary = json_of({"pack", kdoc_folder(), "-o", blob, "--weights", "mixed", "--role",
                                "ffn=int4:32", "--asymmetric", "--kv", "int8", "--storage", "raw"});
  EXPECT_EQ(summary.at("blob_bytes"), std::filesystem::file_size(blob));
  EXPECT_EQ(summary.at("ratio"), 1);
  EXPECT_TRUE(summary.at("bill").at("within_budget"));
  const Json inspected = json_of({"inspect", blob});
  EXPECT_EQ(inspected.at("identity"), summary.at("identity"));
  EXPECT_EQ(inspected.at("shape").at("cache"), "int8");
  for (const Json& tensor : inspected.at("tensors")) {
    if (tensor.at("role") == "gate") {
      EXPECT_EQ(tensor.at("type"), "int4z");
      EXPECT_EQ(tensor.at("group"), 32);
    }
    if (tensor.at("role") == "q") {
      EXPECT_EQ(tensor.at("type"), "int8");
    }
  }
}

TEST(Inspect, LaysTheBlobOpen) {
  const std::string text = output_of({"inspect", kdoc()});
  for (const char* word : {"LlamaForCausalLM", "vocabulary", "model.embed_tokens.weight",
                           "4096×256", "rms_norm", "attend", "gather_rows", "tokenizer"})
    EXPECT_NE(text.find(word), std::string::npos) << word;
  const Json json = json_of({"inspect", kdoc()});
  EXPECT_EQ(json.at("shape").at("layers"), 6);
  EXPECT_EQ(json.at("program").at(0).at("code"), "embed");
  EXPECT_EQ(json.at("self_test").at("logits_sha256").get<std::string>().size(), 64u);
}

TEST(Plan, SaysTheSameInEveryForm) {
  const Json json = json_of({"plan", kdoc(), "--context", "100", "--sessions", "2"});
  const std::string header =
      output_of({"plan", kdoc(), "--context", "100", "--sessions", "2", "--format", "header"});
  const auto expect_constant = [&](const std::string& name, uint64_t value) {
    const std::string line = "#define NIBBLE_" + name + " " + std::to_string(value) + "ull\n";
    EXPECT_NE(header.find(line), std::string::npos) << line << header;
  };
  expect_constant("MODEL_ARENA_BYTES", json.at("model").at("arena_bytes"));
  expect_constant("SESSION_ARENA_BYTES", json.at("session").at("arena_bytes"));
  expect_constant("GENERATOR_ARENA_BYTES", json.at("session").at("generator_arena_bytes"));
  expect_constant("LOAD_SCRATCH_BYTES", json.at("load_scratch_bytes"));
  expect_constant("TOTAL_BYTES", json.at("total_bytes"));
  EXPECT_EQ(json.at("context_tokens"), 100);
  EXPECT_EQ(json.at("sessions"), 2);
}

TEST(Plan, BillsOneArenaForABatch) {
  const Json apart = json_of({"plan", kdoc(), "--context", "100", "--sessions", "8"});
  const Json batched =
      json_of({"plan", kdoc(), "--context", "100", "--sessions", "8", "--batched"});
  const uint64_t arena_bytes = batched.at("session").at("generator_arena_bytes");
  EXPECT_EQ(batched.at("sessions_bytes"), arena_bytes);
  EXPECT_EQ(batched.at("session").at("cache_bytes"),
            8 * apart.at("session").at("cache_bytes").get<uint64_t>());
  EXPECT_EQ(batched.at("session").at("activations_bytes"),
            apart.at("session").at("activations_bytes"));
  EXPECT_LT(arena_bytes, apart.at("sessions_bytes").get<uint64_t>());
  const CommandResult too_many = run_nibble({"plan", kdoc(), "--sessions", "1025", "--batched"});
  EXPECT_NE(too_many.status, 0);
  EXPECT_NE(too_many.err.find("at most 1024 sessions"), std::string::npos) << too_many.err;
}

TEST(Bench, MeasuresABatchWithTheDigestOfOneSession) {
  const Json runs = json_of({"bench", kdoc(), "--sessions", "1,3", "--batched", "--prefill", "5",
                             "--decode", "3", "--repeats", "1", "--warmups", "0"})
                        .at("runs");
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].at("sessions"), 1);
  EXPECT_EQ(runs[1].at("sessions"), 3);
  EXPECT_EQ(runs[0].at("logits_sha256"), runs[1].at("logits_sha256"));
  const double together = runs[1].at("decode_tokens_per_second").at("median");
  EXPECT_NEAR(runs[1].at("session_decode_tokens_per_second").at("median").get<double>(),
              together / 3, together * 1e-9);
}

TEST(Bench, AsksForABatchOfSeveralSessions) {
  const CommandResult result = run_nibble({"bench", kdoc(), "--sessions", "2"});
  EXPECT_NE(result.status, 0);
  EXPECT_NE(result.err.find("give --batched"), std::string::npos) << result.err;
}

TEST(Plan, WritesAHeaderThatCompilersTake) {
  const TemporaryFolder folder;
  EXPECT_EQ(output_of({"plan", kdoc(), "--format", "header", "-o", folder / "plan.h"}), "");
  std::ofstream(folder / "use.c") << "#include \"plan.h\"\n"
                                     "static char arena[NIBBLE_GENERATOR_ARENA_BYTES];\n"
                                     "int main(void) { return arena[0]; }\n";
  const auto compiled = run_command(
      {"cc", "-std=c99", "-pedantic", "-Werror", "-c", folder / "use.c", "-o", folder / "use.o"});
  EXPECT_EQ(compiled.status, 0) << compiled.err;
}

TEST(Plan, EndsWithOneOverTheBudget) {
  const CommandResult result = run_nibble({"plan", kdoc(), "--budget", "1MB"});
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.out.find("OVER the budget of 1,000,000"), std::string::npos) << result.out;
}

TEST(Verify, RunsTheSelfTestOnEachKernelSet) {
  const Json json = json_of({"verify", kdoc()});
  EXPECT_TRUE(json.at("verified"));
  const Json& sets = json.at("self_test");
  EXPECT_EQ(sets.back().at("kernels"), "scalar");
  EXPECT_TRUE(sets.back().at("passed"));
  for (const Json& set : sets) EXPECT_EQ(set.at("ran"), set.at("passed")) << set;
}

TEST(Verify, SaysThatTheBlobIsVerifiedWhateverItsThreads) {
  const std::string text = output_of({"verify", kdoc(), "--threads", "3"});
  EXPECT_NE(text.find("kdoc-int8.nbl: verified: all hashes match"), std::string::npos) << text;
  EXPECT_EQ(output_of({"verify", kdoc(), "--threads", "1"}), text);
}

TEST(Run, ContinuesAPromptFromTheCommandLineOrStandardInput) {
  EXPECT_EQ(output_of({"run", kdoc(), kPrompt}), kReply + "\n");
  EXPECT_EQ(output_of({"run", kdoc()}, {.input = kPrompt + "\n"}), kReply + "\n");
  EXPECT_EQ(output_of({"run", kdoc(), kPrompt, "--echo"}), kPrompt + kReply + "\n");
}

TEST(Run, StopsBeforeAStopTextThatSpansTokens) {
  EXPECT_EQ(output_of({"run", kdoc(), kPrompt, "--stop", "Network", "--stop", "l 8"}),
            " the Inte\n");
}

TEST(Run, EndsAfterItsTokens) {
  const Json json = json_of({"run", kdoc(), kPrompt, "--tokens", "3"});
  EXPECT_EQ(json.at("tokens").size(), 3u);
  EXPECT_EQ(json.at("end"), "tokens");
  EXPECT_TRUE(kReply.starts_with(json.at("text").get<std::string>()));
  EXPECT_EQ(json_of({"run", kdoc(), kPrompt, "--tokens", "0"}).at("text"), "");
}

TEST(Run, EndsWhereItsContextEnds) {
  const Json json = json_of({"run", kdoc(), kPrompt, "--context", "17"});
  EXPECT_EQ(json.at("end"), "context");
  EXPECT_EQ(json.at("tokens").size(), 4u) << "14 of the prompt, 3 computed, 1 drawn from the last";
}

TEST(Run, GivesTheSameDigestForAnyThreadsBatchAndKernelSet) {
  const Json first = json_of({"run", kdoc(), kPrompt, "--threads", "1"});
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--threads", "3"}, {"--batch", "1"}, {"--isa", "scalar"}}) {
    std::vector<std::string> command = {"run", kdoc(), kPrompt};
    command.insert(command.end(), options.begin(), options.end());
    EXPECT_EQ(json_of(command).at("logits_sha256"), first.at("logits_sha256")) << options[0];
  }
  EXPECT_NE(output_of({"run", kdoc(), kPrompt, "--digest"})
                .find(first.at("logits_sha256").get<std::string>()),
            std::string::npos);
}

TEST(Run, DrawsTheSameTokensFromTheSameSeed) {
  const auto draw = [](const char* seed) {
    return json_of({"run", kdoc(), "The kernel", "--tokens", "24", "--temperature", "1.2",
                    "--top-k", "50", "--top-p", "0.95", "--min-p", "0.01", "--repeat-penalty",
                    "1.1", "--seed", seed})
        .at("tokens");
  };
  EXPECT_EQ(draw("1"), draw("1"));
  EXPECT_NE(draw("1"), draw("2"));
}

TEST(Run, KeepsStatisticsOffStandardOutput) {
  const CommandResult result = run_nibble({"run", kdoc(), kPrompt, "--stats"});
  EXPECT_EQ(result.out, kReply + "\n");
  for (const char* line : {"load", "time to first token", "prefill", "decode", "peak memory",
                           "kernels", "logits sha256"})
    EXPECT_NE(result.err.find(line), std::string::npos) << result.err;
}

#ifndef NIBBLE_IS_SANITIZED  // the sanitizer's own memory is not in the plan
TEST(Run, NeedsNoMoreMemoryThanItsPlanAndTheProcessAroundIt) {
  constexpr uint64_t kProcessBytes = 24'000'000;  // libraries, stacks, the tool itself
  const uint64_t planned = json_of({"plan", kdoc("f16")}).at("total_bytes");
  const uint64_t peak = json_of({"run", kdoc("f16"), kPrompt}).at("peak_resident_bytes");
  EXPECT_LT(peak, planned + kProcessBytes);
}
#endif

TEST(Eval, OfABlobAgainstItselfFindsNoDistance) {
  const TemporaryFolder folder;
  std::ofstream text(folder / "text.txt");
  for (int i = 0; i < 60; ++i) text << "The kernel keeps a list of devices, number " << i << ".\n";
  text.close();
  const Json json = json_of({"eval", kdoc(), kdoc("f16"), "--against", kdoc(), "--text",
                             folder / "text.txt", "--window", "64", "--max-loss", "50"});
  const Json &same = json.at("blobs").at(0), &other = json.at("blobs").at(1);
  EXPECT_EQ(same.at("distance").at("mean_kl"), 0);
  EXPECT_EQ(same.at("distance").at("largest_kl"), 0);
  EXPECT_EQ(same.at("distance").at("top1_agreement"), 1);
  EXPECT_EQ(same.at("distance").at("top5_agreement"), 1);
  EXPECT_EQ(same.at("distance").at("upper_ln_perplexity_ratio"), 0);
  EXPECT_EQ(same.at("loss"), "passed");
  EXPECT_EQ(same.at("distance").at("ln_perplexity_ratio"), 0);
  EXPECT_GT(other.at("distance").at("mean_kl"), 0);
  EXPECT_EQ(same.at("tokens"), other.at("tokens"));
  EXPECT_EQ(json.at("protocol").at("window_tokens"), 64);
}

TEST(Eval, OfOneWindowIsNotSureOfAnything) {
  const TemporaryFolder folder;
  std::ofstream(folder / "text.txt") << read_file(kdoc_folder() / "os-facts.jsonl").substr(0, 3000);
  const CommandResult result =
      run_nibble({"eval", kdoc(), "--against", kdoc(), "--text", folder / "text.txt", "--window",
                  "64", "--windows", "1", "--max-loss", "50", "--json"});
  EXPECT_EQ(result.status, 1) << result.err;
  const Json blob = Json::parse(result.out).at("blobs").at(0);
  EXPECT_EQ(blob.at("loss"), "inconclusive");
  EXPECT_TRUE(blob.at("distance").at("standard_error_ln_perplexity_ratio").is_null());
}

TEST(Eval, ComparesWhatTheLayersCompute) {
  const TemporaryFolder folder;
  std::ofstream(folder / "text.txt") << read_file(kdoc_folder() / "os-facts.jsonl").substr(0, 3000);
  const std::vector<std::string> command = {
      "eval",     kdoc(), kdoc("int4"), "--against", kdoc("f16"), "--text", folder / "text.txt",
      "--window", "64",   "--layers"};
  const Json blobs = json_of(command).at("blobs");
  for (int layer = 0; layer < 6; ++layer) {
    const Json& int8 = blobs.at(0).at("layers").at(layer);
    const Json& int4 = blobs.at(1).at("layers").at(layer);
    EXPECT_EQ(int8.at("layer"), layer);
    EXPECT_GT(int8.at("mean_cosine"), int4.at("mean_cosine"));
    EXPECT_LT(int8.at("relative_error"), int4.at("relative_error"));
  }
  EXPECT_FALSE(blobs.at(2).contains("layers")) << "the reference";
  EXPECT_NE(output_of(command).find("relative error"), std::string::npos);
}

TEST(Eval, DoesNotDependOnBatchOrThreads) {
  const TemporaryFolder folder;
  std::ofstream(folder / "text.txt") << read_file(kdoc_folder() / "os-facts.jsonl").substr(0, 3000);
  const auto nll = [&](const char* batch, const char* threads) {
    return json_of({"eval", kdoc(), "--text", folder / "text.txt", "--window", "100", "--stride",
                    "37", "--bos", "--batch", batch, "--threads", threads})
        .at("blobs")
        .at(0)
        .at("nll")
        .get<double>();
  };
  const double expected = nll("32", "1");
  EXPECT_EQ(nll("7", "2"), expected);
  EXPECT_EQ(nll("1", "1"), expected);
}

TEST(Eval, CountsRightFacts) {
  const TemporaryFolder folder;
  std::ofstream(folder / "facts.jsonl")
      << "{\"prompt\": \"" << kPrompt << "\", \"answer\": \"the Intel 82574L\"}\n"
      << "{\"prompt\": \"" << kPrompt << "\", \"answer\": \"a teapot\"}\n";
  const Json facts =
      json_of({"eval", kdoc(), "--facts", folder / "facts.jsonl"}).at("blobs").at(0).at("facts");
  EXPECT_EQ(facts.at("right"), 1);
  EXPECT_EQ(facts.at("facts"), 2);
  EXPECT_EQ(facts.at("wrong"), Json::array({kPrompt}));
}

TEST(Eval, FindsWrongAnswersLessLikely) {
  const TemporaryFolder folder;
  const auto answer_nll = [&](const std::string& answer) {
    std::ofstream(folder / "facts.jsonl")
        << "{\"prompt\": \"" << kPrompt << "\", \"answer\": \"" << answer << "\"}\n";
    const Json json = json_of({"eval", kdoc(), "--facts", folder / "facts.jsonl"});
    return json.at("blobs").at(0).at("facts").at("answer_nll").get<double>();
  };
  EXPECT_LT(answer_nll("the Intel 82574L"), 1);
  EXPECT_GT(answer_nll("a teapot"), 5);
}

TEST(Eval, RefusesATextShorterThanAWindow) {
  const TemporaryFolder folder;
  std::ofstream(folder / "text.txt") << "short";
  const CommandResult result = run_nibble({"eval", kdoc(), "--text", folder / "text.txt"});
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("--window"), std::string::npos) << result.err;
}

TEST(Eval, WithoutAnythingToScoreIsBadUsage) {
  EXPECT_EQ(run_nibble({"eval", kdoc()}).status, 2);
  EXPECT_EQ(run_nibble({"eval", kdoc(), "--facts", "x", "--against", kdoc()}).status, 2);
}

/// os-facts' first prompts.
std::string write_prompts(const TemporaryFolder& folder) {
  const std::string facts = read_file(kdoc_folder() / "os-facts.jsonl");
  std::ofstream(folder / "prompts.jsonl") << facts.substr(0, facts.find('\n', 1000) + 1);
  return folder / "prompts.jsonl";
}

TEST(Compare, OfABlobWithItselfFindsTheSameReplies) {
  const TemporaryFolder folder;
  const Json json = json_of({"compare", kdoc(), kdoc(), "--prompts", write_prompts(folder)});
  EXPECT_GE(json.at("prompts"), 5);
  EXPECT_EQ(json.at("same_replies"), json.at("prompts"));
  EXPECT_EQ(json.at("new_faults"), 0);
  for (const Json& pair : json.at("pairs")) {
    EXPECT_EQ(pair.at("reference"), pair.at("other"));
    EXPECT_EQ(pair.at("common_tokens"), pair.at("other").at("tokens"));
  }
}

TEST(Compare, EndsWithOneWhereABlobFailsAndTheReferenceDoesNot) {
  const TemporaryFolder folder;
  const std::string prompts = write_prompts(folder);
  const std::string random = blob_path("tiny-int4").string();
  const CommandResult result =
      run_nibble({"compare", kdoc(), random, "--prompts", prompts, "--tokens", "60"});
  EXPECT_EQ(result.status, 1) << result.err;
  EXPECT_NE(result.out.find("prompt: A system call"), std::string::npos) << result.out;
  EXPECT_EQ(run_nibble({"compare", random, random, "--prompts", prompts}).status, 0)
      << "it is no worse than itself";
}

TEST(Compare, PrintsEveryPairWhenAsked) {
  const TemporaryFolder folder;
  const std::string prompts = write_prompts(folder);
  const std::vector<std::string> command = {"compare", kdoc("f16"), kdoc(), "--prompts", prompts};
  EXPECT_EQ(output_of(command).find("prompt: "), std::string::npos);
  std::vector<std::string> all = command;
  all.emplace_back("--replies");
  EXPECT_NE(output_of(all).find("prompt: A system call that fails with errno 75 returns\n"),
            std::string::npos);
}

TEST(Embed, WritesAnObjectWithTheNamesAskedFor) {
  const TemporaryFolder folder;
  const std::string object = folder / "model.o";
  const Json json = json_of({"embed", kdoc(), "--target", "riscv64-linux", "-o", object, "--prefix",
                             "my_model", "--section", ".rodata.mine"});
  EXPECT_EQ(json.at("blob_bytes"), std::filesystem::file_size(kdoc()));
  const std::string symbols = run_command({"readelf", "-sSW", object}).out;
  EXPECT_NE(symbols.find("my_model_start"), std::string::npos);
  EXPECT_NE(symbols.find(".rodata.mine"), std::string::npos);
  EXPECT_NE(read_file(object).find(read_file(kdoc())), std::string::npos);
}

TEST(Embed, RefusesNamesThatAreNone) {
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--prefix", "1x"}, {"--prefix", "a-b"}, {"--section", "x y"}}) {
    std::vector<std::string> command = {"embed",  kdoc(), "--target",
                                        "x86_64", "-o",   "/tmp/never.o"};
    command.insert(command.end(), options.begin(), options.end());
    EXPECT_EQ(run_nibble(command).status, 2) << options[1];
  }
}

TEST(Output, ThatCannotBeWrittenIsAnError) {
  for (const std::string command : {"inspect", "plan", "verify"}) {
    const CommandResult result =
        run_command({"sh", "-c", "\"$0\" \"$@\" > /dev/full", nibble_program(), command, kdoc()});
    EXPECT_EQ(result.status, 3) << command;
    EXPECT_NE(result.err.find("standard output"), std::string::npos) << result.err;
  }
}

TEST(Output, NeverReplacesADeviceOrAFolder) {
  const TemporaryFolder folder;
  for (const std::string& place : {std::string("/dev/null"), folder.path().string()}) {
    EXPECT_EQ(run_nibble({"embed", kdoc(), "--target", "x86_64", "-o", place}).status, 3) << place;
  }
}

TEST(Help, IsNoError) {
  EXPECT_EQ(run_nibble({"--help"}).status, 0);
  for (const char* command :
       {"pack", "inspect", "plan", "verify", "run", "eval", "compare", "embed", "export"}) {
    const CommandResult result = run_nibble({command, "--help"});
    EXPECT_EQ(result.status, 0) << command;
    EXPECT_NE(result.out.find("--json"), std::string::npos) << command;
  }
  EXPECT_EQ(run_nibble({"--version"}).status, 0);
}

}  // namespace
}  // namespace nibble::test
