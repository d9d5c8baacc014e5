// Recognizes files by their names and first bytes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/unreadable.h"

#include <set>
#include <string_view>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWanted =
    "give a GGUF file, a llama2.c checkpoint, or a Hugging Face model folder: config.json, "
    "model.safetensors, and tokenizer.model or tokenizer.json";

struct Kind {
  std::string_view extension, first_bytes;  ///< either decides; empty: does not
  const char* what;
};

// PyTorch writes zip archives, and wrote pickles of protocol 2 before.
constexpr Kind kKinds[] = {
    {".gguf", "GGUF", "a GGUF file; give that file itself"},
    {".ggml", "lmgg", "a GGML file, which is not read"},
    {".pt",
     {},
     "a PyTorch file, which is not read (loading one runs code; save it as safetensors)"},
    {".pth",
     {},
     "a PyTorch file, which is not read (loading one runs code; save it as safetensors)"},
    {".ckpt",
     {},
     "a PyTorch file, which is not read (loading one runs code; save it as safetensors)"},
    {{},
     "PK\x03\x04",
     "a PyTorch file or another archive, which is not read (loading one runs code; "
     "save it as safetensors)"},
    {{},
     "\x80\x02",
     "a PyTorch file, which is not read (loading one runs code; save it as safetensors)"},
    {".bin", {}, "a file of weights in a format that is not read"},
    {".onnx", {}, "an ONNX file, which is not read"},
    {".h5", {}, "a TensorFlow file, which is not read"},
    {".msgpack", {}, "a Flax file, which is not read"},
    {".nbl", "NIBL", "a blob, which is packed already"},
};

const char* kind_of(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return nullptr;
  const std::string extension = path.extension().string(), start = first_bytes(path, 8);
  for (const Kind& kind : kKinds) {
    const bool is_kind = (!kind.extension.empty() && extension == kind.extension) ||
                         (!kind.first_bytes.empty() && start.starts_with(kind.first_bytes));
    if (is_kind) return kind.what;
  }
  return nullptr;
}

/// In the order of their names, so that messages do not depend on the file system.
std::set<fs::path> files_of(const fs::path& folder) {
  std::error_code error;
  std::set<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder, error)) files.insert(entry.path());
  return files;
}

[[noreturn]] void refuse_folder(const fs::path& folder) {
  const std::set<fs::path> files = files_of(folder);
  if (files.empty()) throw InputError(folder.string(), std::string("is empty; ") + kWanted);
  if (const auto weights = unreadable_weights(folder)) {
    throw InputError(folder.string(), *weights + "; " + kWanted);
  }
  throw InputError(folder.string(), std::string("has no config.json; ") + kWanted);
}

}  // namespace

std::optional<std::string> unreadable_weights(const fs::path& folder) {
  for (const fs::path& file : files_of(folder)) {
    const char* const kind = kind_of(file);
    if (kind != nullptr) return "holds " + file.filename().string() + ", " + kind;
  }
  return {};
}

void refuse_unreadable(const fs::path& path) {
  std::error_code error;
  if (fs::is_directory(path, error)) refuse_folder(path);
  if (!fs::exists(path, error)) {
    throw InputError(path.string(), std::string("does not exist; ") + kWanted);
  }
  if (path.extension() == ".safetensors" || path.extension() == ".json") {
    throw InputError(path.string(), "is one file of a model; give the folder that it is in");
  }
  const char* const kind = kind_of(path);
  throw InputError(
      path.string(),
      std::string("is ") + (kind != nullptr ? kind : "no model that is known") + "; " + kWanted);
}

}  // namespace nibble::offline
