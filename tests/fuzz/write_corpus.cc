// Writes the seeds of every target's corpus: small, sound inputs made by the project's own code.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/offline/formats/gguf/tiny_gguf.h"
#include "tests/offline/formats/llama2c/llama2c_bytes.h"
#include "tests/offline/formats/safetensors_text.h"
#include "tests/offline/formats/sentencepiece_bytes.h"
#include "tests/support/tiny_llama.h"

namespace nibble::fuzz {
namespace {

using namespace test;

void write(const std::filesystem::path& path, const std::string& bytes) {
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
}

void write_blobs(const std::filesystem::path& folder) {
  const auto text = [](const offline::BlobBytes& blob) {
    return std::string(blob.begin(), blob.end());
  };
  write(folder / "tiny", text(tiny_blob(format::Storage::Zstd)));
  write(folder / "tiny_raw", text(tiny_blob(format::Storage::Raw)));
  const TinyModel llama = tiny_llama(format::Storage::Zstd);
  write(folder / "header", text(offline::build_blob(llama.contents, {})).substr(0, 700));
}

/// An edit in the form that edited_blob() reads.
std::string edit(uint8_t part, uint8_t width, uint16_t offset, uint32_t value) {
  std::string bytes = {static_cast<char>(part), static_cast<char>(width)};
  for (int i = 0; i < 2; ++i) bytes += static_cast<char>(offset >> (8 * i));
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

void write_edits(const std::filesystem::path& folder) {
  const auto settings = [](uint8_t choice, uint8_t size, uint8_t blob) {
    return std::string{static_cast<char>(choice), static_cast<char>(size), static_cast<char>(blob)};
  };
  write(folder / "sound", settings(2, 20, 0));
  write(folder / "sound_zstd", settings(1, 20, 1));
  write(folder / "sound_llama_f16", settings(7, 60, 2));
  write(folder / "sound_llama_int8", settings(14, 110, 2) + edit(9, 0, 9000, 1));
  write(folder / "manifest", settings(2, 20, 2) + edit(1, 2, 9, 7) + edit(1, 2, 13, 3));
  write(folder / "records", settings(2, 20, 2) + edit(4, 2, 6, 64) + edit(5, 2, 6, 32) +
                                edit(6, 1, 19, 2) + edit(6, 2, 12, 1));
  write(folder / "strings", settings(2, 20, 0) + edit(7, 2, 1, 259) + edit(8, 0, 3, 'x'));
  // Scales and norm weights that are NaN or infinite.
  write(folder / "nan", settings(70, 20, 2) + edit(10, 2, 4700, 0x7E007C00) +
                            edit(10, 2, 5400, 0x7FC00000) + edit(10, 2, 7000, 0xFC00FE00));
}

void write_texts(const std::filesystem::path& folder) {
  write(folder / "words", "\1abc <x>ab  aaaa a bc");
  write(folder / "no_bytes", std::string("\0abc \xC3\xA9 zz <xy>ca", 18));
  write(folder / "malformed",
        "\x0F"
        "a\xFF\xC3\xE2\x96\xE2\x96\x81\xF0\x9F\x8D\xB0\xED\xA0\x80");
}

/// Two bytes of choices, then the text; a template, a zero, then what is said.
void write_byte_level(const std::filesystem::path& folder) {
  const std::string text = "They're 1234 abc  \xC3\xA9t\xC3\xA9 e\xCC\x81\n\n <x><e> \xFF";
  write(folder / "gpt2", std::string("\0\0", 2) + text);
  write(folder / "llama3", std::string("\1\1", 2) + text);
  write(folder / "qwen2_composed", std::string("\2\6", 2) + text);
  write(folder / "deepseek3", std::string("\16\0", 2) + text);
}

void write_chats(const std::filesystem::path& folder) {
  const std::string said = std::string(1, '\0') + " a <|im_end|> </s> <|eot_id|>\n";
  write(folder / "chatml", R"('<|im_start|>system\nBe good<|im_end|>' bos_token)" + said);
  write(folder / "llama2", "[INST] <<SYS>>" + said);
  write(folder / "gemma", "<start_of_turn> <end_of_turn>" + said);
  write(folder / "none", "{% for m in messages %}" + said);
}

void write_tensors(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const std::string metadata = R"("__metadata__":{"format":"pt"},)";
  write_safetensors(folder / "three",
                    "{" + metadata + entry("a", "F16", "[2,3]", "[0,12]") + "," +
                        entry("b", "F32", "[1]", "[12,16]") + "," +
                        entry("c", "BF16", "[0,5]", "[16,16]") + "}",
                    std::string(16, 'x'));
  write_safetensors(folder / "odd", "{" + entry("a", "F32", "[]", "[0,4]") + "}  ", "1234");
}

constexpr const char* kConfig = R"({"architectures":["LlamaForCausalLM"],"model_type":"llama",
"hidden_size":64,"intermediate_size":96,"num_hidden_layers":2,"num_attention_heads":4,
"num_key_value_heads":2,"vocab_size":260,"max_position_embeddings":64,"rms_norm_eps":1e-5,
"rope_theta":1e4,"rope_scaling":{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,
"high_freq_factor":4.0,"original_max_position_embeddings":32},"hidden_act":"silu"})";

constexpr const char* kTokenizer = R"({"added_tokens":[{"id":0,"content":"<unk>","special":true},
{"id":9,"content":"<x>","special":false}],"normalizer":null,"pre_tokenizer":{"type":"Metaspace",
"replacement":"\u2581","prepend_scheme":"first","split":false},"post_processor":{"type":
"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}},{"Sequence":{"id":"A"}}]},
"decoder":null,"model":{"type":"BPE","unk_token":"<unk>","fuse_unk":true,"byte_fallback":false,
"vocab":{"<unk>":0,"<s>":1,"a":2,"b":3,"c":4,"\u2581a":5,"bc":6,"abc":7,"ab":8},
"merges":["b c",["\u2581","a"],"a b","a bc","ab c"]}})";

void write_vocabularies(const std::filesystem::path& folder) {
  const std::string pieces = piece("a") + piece("\xE2\x96\x81") + piece("ab", -1) + piece("b", 0) +
                             piece("<x>", 0, kUserDefined);
  write(folder / "bytes", trainer() + normalizer() + special_pieces() + byte_pieces() + pieces);
  write(folder / "unknown",
        bytes_field(2, varint_field(3, 2)) + normalizer() + special_pieces() + pieces);
}

/// One file of tables alone with every type of block, one that is a model.
void write_ggufs(const std::filesystem::path& folder) {
  GgufBytes blocks = small_gguf();
  blocks.tensors.clear();
  blocks.data.clear();
  constexpr uint32_t kTypes[][2] = {
      {0, 1024}, {1, 512},  {2, 144},  {3, 160},  {6, 176},  {7, 192},  {8, 272},  {10, 84},
      {11, 110}, {12, 144}, {13, 176}, {14, 210}, {20, 144}, {23, 136}, {30, 512}, {39, 136}};
  for (const auto& [type, bytes] : kTypes) {
    const std::string name = "type." + std::to_string(type);
    blocks.tensors.push_back(tensor_entry(name, {256}, type, blocks.data.size()));
    blocks.data += std::string(bytes, '\x35');
    blocks.data.resize((blocks.data.size() + 31) / 32 * 32);
  }
  write(folder / "blocks", blocks.bytes());
  write(folder / "model", TinyGguf().bytes());
}

void write_checkpoints(const std::filesystem::path& folder) {
  write(folder / "version0", llama2c::version0(false));
  write(folder / "version1", llama2c::version1(true));
  write(folder / "version2", llama2c::version2(32));
  write(folder / "vocabulary",
        static_cast<char>(llama2c::kPieces - 259) + llama2c::tokenizer_bytes());
}

}  // namespace
}  // namespace nibble::fuzz

int main(int argument_count, char** arguments) {
  if (argument_count != 2) return 2;
  const std::filesystem::path corpus = arguments[1];
  using namespace nibble::fuzz;
  write_blobs(corpus / "blob");
  write_edits(corpus / "sealed_blob");
  write_texts(corpus / "text");
  write_byte_level(corpus / "byte_level");
  write_chats(corpus / "chat");
  write_tensors(corpus / "safetensors");
  write(corpus / "json/config", kConfig);
  write(corpus / "json/tokenizer", kTokenizer);
  write_vocabularies(corpus / "sentencepiece");
  write_ggufs(corpus / "gguf");
  write_checkpoints(corpus / "llama2c");
}
