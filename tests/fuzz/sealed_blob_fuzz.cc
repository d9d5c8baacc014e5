// Edits of a tiny blob whose hashes are then made to fit: what the loader accepts must run to its
// end.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/fuzz/edited_blob.h"
#include "tests/fuzz/load.h"
#include "tests/fuzz/use_model.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nibble;
  fuzz::Input input(data, size);
  const fuzz::Settings settings = fuzz::read_settings(input);
  const offline::BlobBytes blob = fuzz::edited_blob(input);
  const BlobSource source = BlobSource::from_memory({blob.data(), blob.size()});
  const fuzz::Loaded loaded(source, settings.residency);
  if (loaded.model() != nullptr) fuzz::use_model(*loaded.model(), settings);
  return 0;
}
