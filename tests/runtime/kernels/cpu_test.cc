// Choosing a kernel set: by name, by features, and never one the CPU lacks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only

#include <gtest/gtest.h>
#include <nibble/cpu.h>

#include <cstring>

#include "runtime/kernels/kernels.h"

namespace nibble {
namespace {

Text text(const char* string) {
  return {string, std::strlen(string)};
}

TEST(CpuTest, ScalarIsLastAndNeedsNothing) {
  const auto all = compiled_kernels();
  EXPECT_STREQ(all[all.size() - 1]->name, "scalar");
  EXPECT_EQ(all[all.size() - 1]->required_features, 0u);
  EXPECT_STREQ(best_kernels(0)->name, "scalar");
}

TEST(CpuTest, TheBestSetIsTheFirstWhoseFeaturesAreThere) {
  EXPECT_EQ(best_kernels(~uint64_t{0}), compiled_kernels()[0]);
  for (const Kernels* kernels : compiled_kernels()) {
    const uint64_t features = kernels->required_features;
    EXPECT_EQ(best_kernels(features)->required_features & ~features, 0u) << kernels->name;
  }
  EXPECT_EQ(best_kernels(cpu_features())->required_features & ~cpu_features(), 0u);
}

TEST(CpuTest, SetsAreFoundByTheirWholeName) {
  for (const Kernels* kernels : compiled_kernels())
    EXPECT_EQ(kernels_named(text(kernels->name)), kernels);
  EXPECT_EQ(kernels_named(text("scala")), nullptr);
  EXPECT_EQ(kernels_named(text("scalars")), nullptr);
  EXPECT_EQ(kernels_named(text("")), nullptr);
}

TEST(CpuTest, WhatThePlatformReportsIsAdded) {
  const uint64_t found = cpu_features();
  report_cpu_features(found | kCpuRvv);
  EXPECT_EQ(cpu_features(), found | kCpuRvv);
  report_cpu_features(found & ~uint64_t{kCpuRvv});
  EXPECT_EQ(cpu_features(), found & ~uint64_t{kCpuRvv});
  report_cpu_features(found);
  EXPECT_EQ(cpu_features(), found);
}

}  // namespace
}  // namespace nibble
