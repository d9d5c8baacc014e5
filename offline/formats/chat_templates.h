// Chat templates: recognized in what publishers ship, or named by the user; never executed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// Names that --chat-template takes besides none.
std::vector<std::string> chat_template_names();

/// Sets vocabulary.chat, and adds the token that ends a reply of the template to the end tokens.
/// @param name   of chat_template_names(), "none", or "auto": the one that vocabulary.chat_source
/// is
///               recognized as; nothing where that is empty
/// @param where  names the model in messages
/// Throws InputError: the source is not recognized, or the vocabulary lacks a token of the
/// template.
void set_chat_template(Vocabulary& vocabulary, std::string_view name, const std::string& where);

}  // namespace nibble::offline
