// Expects an InputError whose message names what a person has to look at.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "offline/files/input_error.h"

namespace nibble::test {

/// Runs `action` and expects an InputError that contains `part`.
template <class Action>
void expect_refusal(Action action, const std::string& part) {
  try {
    action();
    ADD_FAILURE() << "accepted; expected a refusal with \"" << part << "\"";
  } catch (const offline::InputError& error) {
    EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
  }
}

}  // namespace nibble::test
