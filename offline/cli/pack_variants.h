// Named sets of pack options: what `nibble tune --variants` takes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/cli/option_values.h"
#include "offline/pack/pack.h"

namespace nibble::offline {

struct PackVariant {
  std::string name;  ///< "int4-g32-kv8"
  SchemeOptions schemes;
  std::string kv = "f16";
  /// "--weights int4 --group 32 --kv int8": `nibble pack` with them makes the same blob.
  std::string options_text() const;
  PackOptions pack_options() const;
};

/// All of them, without aliases.
const std::vector<PackVariant>& pack_variants();

/// The variant of a name or of an alias. Throws UsageError, naming the list, where there is none.
const PackVariant& find_variant(const std::string& name);

/// Variants and aliases, with their options.
std::string variant_list();

}  // namespace nibble::offline
