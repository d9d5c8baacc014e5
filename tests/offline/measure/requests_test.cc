// Requests are run whole, alone and in batches, and counted right.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/requests.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "offline/files/input_error.h"
#include "offline/measure/blob_facts.h"
#include "offline/report/memory_plan.h"
#include "tests/support/models.h"

namespace nibble::offline {
namespace {

class Requests : public testing::Test {
 protected:
  const LoadedModel model_{test::blob_path("tiny-int4")};
};

TEST_F(Requests, GiveASampleForEachRequestOfEachRun) {
  for (const uint32_t batch_size : {1, 3, 20}) {
    const RequestPlan plan{batch_size, 5, 4, 1, 2};
    const RequestTimes times = time_requests(model_, {}, plan);
    EXPECT_EQ(times.latency_ms.size(), 2u * batch_size);
    EXPECT_EQ(times.first_token_ms.size(), 2u * batch_size);
    EXPECT_EQ(times.prefill_rates.size(), 2u);
    EXPECT_EQ(times.decode_rates.size(), 2u);
    const double first = std::ranges::max(times.first_token_ms);
    EXPECT_GT(std::ranges::min(times.first_token_ms), 0);
    EXPECT_GT(std::ranges::max(times.latency_ms), first) << "the last token is after the first";
    EXPECT_GT(std::ranges::min(times.decode_rates), 0);
  }
}

TEST_F(Requests, RefuseWhatTheContextDoesNotHold) {
  const uint32_t context = model_.model().shape().default_context_tokens;
  EXPECT_NO_THROW(time_requests(model_, {}, {1, context - 1, 2, 0, 1}));
  EXPECT_THROW(time_requests(model_, {}, {1, context, 2, 0, 1}), InputError);
}

TEST_F(Requests, HaveTheBillOfThePlan) {
  for (const uint32_t sessions : {1, 8}) {
    const MemoryParts parts = memory_parts(model_, {}, sessions);
    MemoryPlanOptions options;
    options.sessions = sessions;
    options.batched = sessions > 1;
    EXPECT_EQ(parts.total_bytes, make_memory_plan(model_, options).total());
    EXPECT_EQ(parts.weights_bytes + parts.cache_bytes + parts.activations_bytes, parts.total_bytes);
    EXPECT_EQ(parts.cache_bytes, sessions * memory_parts(model_, {}, 1).cache_bytes);
  }
}

}  // namespace
}  // namespace nibble::offline
