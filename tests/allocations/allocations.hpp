#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

#include "guildscope/export/accepting_transport.hpp"
#include "guildscope/export/batch_pipeline.hpp"
#include "guildscope/export/wire_encoder.hpp"

namespace guildscope {

/// What the calling thread has allocated with `new` so far.
[[nodiscard]] std::uint64_t AllocationsOfThisThread() noexcept;

/// Items that really go through a queue to an exporting thread, which frees them.
class AllocationTest : public ::testing::Test {
 protected:
  explicit AllocationTest(exporting::WireMessage message) {
    exporting::BatchPipeline::Parts parts;
    parts.encoder =
        std::make_unique<exporting::WireEncoder>(message, opentelemetry::proto::resource::v1::Resource(), redactor_);
    parts.delivery = std::make_unique<exporting::Delivery>(std::make_unique<exporting::AcceptingTransport>());
    parts.account = account_;
    pipeline_ = std::make_shared<exporting::BatchPipeline>(std::move(parts));
  }

  /// What this thread allocates for one item, in the steady state: in the best of many rounds, because in one where the
  /// exporting thread is late to give memory back, more items are under way than ever before.
  template <typename Make, typename Flush>
  double Allocations(Make make, Flush flush) {
    constexpr int kRounds = 30;
    constexpr int kItems = 500;
    std::uint64_t least = UINT64_MAX;
    for (int round = 0; round < kRounds; ++round) {
      const std::uint64_t before = AllocationsOfThisThread();
      for (int i = 0; i < kItems; ++i) make();
      least = std::min(least, AllocationsOfThisThread() - before);
      flush();
    }
    EXPECT_EQ(account_->lost(), 0);
    return static_cast<double>(least) / kItems;
  }
  template <typename Make>
  double Allocations(Make make) {
    return Allocations(std::move(make), [this] { Flush(); });
  }
  void Flush() { EXPECT_TRUE(pipeline_->Flush(std::chrono::seconds(60))); }

  std::shared_ptr<Redactor> redactor_ = std::make_shared<Redactor>();
  std::shared_ptr<exporting::Account> account_ = std::make_shared<exporting::Account>();
  std::shared_ptr<exporting::BatchPipeline> pipeline_;
};

}  // namespace guildscope
