// What is given instead of a model is told apart: each kind is named, with what to give instead.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/registry.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/offline/formats/expect_refusal.h"
#include "tests/support/command.h"

namespace nibble::test {
namespace {

class ReadModel : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  void refuse(const std::filesystem::path& path, const std::string& part) {
    SCOPED_TRACE(path);
    expect_refusal([&] { offline::read_model(path); }, part);
    expect_refusal([&] { offline::read_model(path); }, "give ");
  }
  void refuse_folder(const std::string& part) { refuse(folder_.path(), part); }

  TemporaryFolder folder_;
};

TEST_F(ReadModel, RefusesWhatIsNotThere) {
  refuse(folder_ / "absent",
         "absent: does not exist; give a GGUF file, a llama2.c checkpoint, or a Hugging Face model "
         "folder");
}

TEST_F(ReadModel, RefusesAnEmptyFolder) {
  refuse_folder("is empty; give");
}

TEST_F(ReadModel, RefusesAFolderOfOtherThings) {
  write("notes.txt", "hello");
  refuse_folder("has no config.json; give");
}

TEST_F(ReadModel, ReadsGgufByItsFirstBytesOrItsName) {
  write("model", "GGUF\x03");
  expect_refusal([&] { offline::read_model(folder_ / "model"); }, "ends within the version");
  write("model.gguf", "GGML");
  expect_refusal([&] { offline::read_model(folder_ / "model.gguf"); }, "is no GGUF file");
}

TEST_F(ReadModel, AsksForTheGgufFileOfAFolder) {
  write("model-q4.gguf", "GGUF\x03");
  refuse_folder("holds model-q4.gguf, a GGUF file; give that file itself");
}

TEST_F(ReadModel, RefusesPyTorchFiles) {
  write("weights.pt", "");
  refuse(folder_ / "weights.pt", "is a PyTorch file");
  refuse_folder("holds weights.pt, a PyTorch file");
  write("a.bin", std::string("PK\x03\x04", 4));
  refuse(folder_ / "a.bin", "is a PyTorch file or another archive");
  write("a.bin", "\x80\x02");
  refuse(folder_ / "a.bin", "is a PyTorch file");
  write("a.bin", std::string(64, '\0'));
  refuse(folder_ / "a.bin", "is a file of weights in a format that is not read");
}

TEST_F(ReadModel, RefusesOneFileOfAFolder) {
  write("model.safetensors", "");
  refuse(folder_ / "model.safetensors", "is one file of a model; give the folder");
}

TEST_F(ReadModel, RefusesBlobs) {
  write("a.nbl", "NIBL");
  refuse(folder_ / "a.nbl", "is a blob, which is packed already");
}

TEST_F(ReadModel, RefusesAFolderThatGptqWrote) {
  write("config.json", R"({"architectures":["LlamaForCausalLM"],"model_type":"llama"})");
  write("quantize_config.json", R"({"bits":4})");
  refuse_folder("quantize_config.json: says that the weights are quantized already");
}

TEST_F(ReadModel, RefusesQuantizedFoldersByTheirMethod) {
  write("config.json", R"({"architectures":["LlamaForCausalLM"],"model_type":"llama",
      "quantization_config":{"quant_method":"compressed-tensors"}})");
  refuse_folder(
      "/quantization_config: says that the weights are quantized already, by "
      "\"compressed-tensors\"");
  write("quant_config.json", R"({"w_bit":4})");
  refuse_folder("quant_config.json: says that the weights are quantized already, as AWQ");
}

TEST_F(ReadModel, NamesTheArchitectureBeforeAnythingElseThatIsMissing) {
  write("config.json", R"({"architectures":["BertForMaskedLM"],"model_type":"bert"})");
  expect_refusal([&] { offline::read_model(folder_.path()); },
                 "/architectures: is [\"BertForMaskedLM\"], which is not supported");
}

}  // namespace
}  // namespace nibble::test
