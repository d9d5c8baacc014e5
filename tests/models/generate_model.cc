// generate_model: writes a model folder with pseudo-random weights in one of the known shapes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <map>

#include "tests/models/generated_model.h"

namespace {

using nibble::offline::ElementType;
using nibble::offline::RopeScaling;
using nibble::test::Recipe;

const std::map<std::string, ElementType> kTypes = {
    {"f32", ElementType::F32}, {"f16", ElementType::F16}, {"bf16", ElementType::BF16}};
const std::map<std::string, RopeScaling> kScalings = {
    {"none", RopeScaling::None}, {"linear", RopeScaling::Linear}, {"llama3", RopeScaling::Llama3}};

/// Parameters under which some wave lengths of the shape are stretched and some are not.
void set_scaling(nibble::offline::DecoderParameters& shape, RopeScaling scaling) {
  shape.rotary[0].scaling = scaling;
  if (scaling != RopeScaling::None) shape.rotary[0].factor = 4;
  if (scaling == RopeScaling::Llama3) {
    shape.rotary[0].original_context = shape.max_position_embeddings / 4;
  }
}

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const Recipe& recipe : nibble::test::recipes()) names.push_back(recipe.name);
  return names;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("Writes a model folder with pseudo-random weights.");
  std::string name, folder, type, scaling = "none";
  uint64_t seed = 1;
  app.add_option("SHAPE", name)->required()->check(CLI::IsMember(recipe_names()));
  app.add_option("FOLDER", folder, "Made if it is not there")->required();
  app.add_option("--type", type, "Of the weights")->check(CLI::IsMember(kTypes));
  app.add_option("--rope-scaling", scaling)->check(CLI::IsMember(kScalings))->capture_default_str();
  app.add_option("--seed", seed)->capture_default_str();
  CLI11_PARSE(app, count, arguments);

  Recipe recipe = *std::ranges::find(nibble::test::recipes(), name, &Recipe::name);
  if (!type.empty()) recipe.type = kTypes.at(type);
  recipe.seed = seed;
  set_scaling(recipe.shape, kScalings.at(scaling));
  try {
    nibble::test::write_model(recipe, folder);
  } catch (const std::exception& error) {
    std::cerr << "generate_model: " << error.what() << '\n';
    return 3;
  }
  return 0;
}
