#include "apps/disruptor/database/pool.hpp"

#include <gmock/gmock.h>

#include <thread>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace disruptor {
namespace {

using guildscope::database::ErrorType;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace catalogue = guildscope::metrics::catalogue;

/// What the test decides about a connection.
struct Plan {
  bool alive = true;
  bool in_transaction = false;
  std::vector<std::string> statements{};
};

class ScriptedConnection final : public Connection {
 public:
  explicit ScriptedConnection(Plan& plan) : plan_(plan) {}
  Result Run(std::string_view sql, std::span<const Value>) override {
    plan_.statements.emplace_back(sql);
    plan_.in_transaction = false;
    return {};
  }
  void Script(std::string_view) override {}
  [[nodiscard]] Dialect dialect() const noexcept override { return Dialect::kSqlite; }
  [[nodiscard]] bool Alive() noexcept override { return plan_.alive; }
  [[nodiscard]] bool InTransaction() noexcept override { return plan_.in_transaction; }
  [[nodiscard]] bool Ping(std::chrono::milliseconds) noexcept override { return plan_.alive; }

 private:
  Plan& plan_;
};

class PoolTest : public ::testing::Test {
 protected:
  Pool MakePool(std::size_t size, std::chrono::milliseconds timeout = std::chrono::milliseconds(0)) {
    return Pool({.max_connections = size, .acquire_timeout = timeout}, [this] { return Open(); }, registry_, clock_);
  }

  std::unique_ptr<Connection> Open() {
    clock_.Advance(opening_takes_);
    if (refuses_) throw DatabaseError(ErrorType::kConnection, "refused");
    ++opened_;
    return std::make_unique<ScriptedConnection>(plan_);
  }

  double Gauge(const std::string& state) {
    for (const auto& metric : registry_.Collect().metrics) {
      if (metric.name != "disruptor.database.connections") continue;
      for (const auto& point : metric.points) {
        if (point.label_values.front() == state) return point.value;
      }
    }
    return -1;
  }

  guildscope::metrics::Histogram Wait() { return registry_.Get(catalogue::kDatabaseConnectionWait).Bind(); }

  guildscope::metrics::Registry registry_;
  guildscope::testing::FakeClock clock_;
  Plan plan_;
  std::chrono::milliseconds opening_takes_{0};
  bool refuses_ = false;
  int opened_ = 0;
};

TEST_F(PoolTest, UsesAConnectionAgainBeforeItOpensAnother) {
  Pool pool = MakePool(2);
  {
    const Lease lease = pool.Acquire();
  }
  {
    const Lease lease = pool.Acquire();
  }
  EXPECT_EQ(opened_, 1);
  const Lease first = pool.Acquire();
  const Lease second = pool.Acquire();
  EXPECT_EQ(opened_, 2);
}

TEST_F(PoolTest, CountsIdleAndUsedConnections) {
  Pool pool = MakePool(3);
  EXPECT_EQ(registry_.Get(catalogue::kDatabaseConnectionsMax).Bind().Value(), 3);
  EXPECT_EQ(Gauge("idle"), 0);
  EXPECT_EQ(Gauge("used"), 0);
  {
    const Lease first = pool.Acquire();
    {
      const Lease second = pool.Acquire();
    }
    EXPECT_EQ(Gauge("idle"), 1);
    EXPECT_EQ(Gauge("used"), 1);
  }
  EXPECT_EQ(Gauge("idle"), 2);
  EXPECT_EQ(Gauge("used"), 0);
}

TEST_F(PoolTest, FailsWhenNoConnectionBecomesFreeInTime) {
  Pool pool = MakePool(1);
  const Lease lease = pool.Acquire();
  try {
    const Lease second = pool.Acquire();
    FAIL() << "there was a second connection";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(error.type(), ErrorType::kTimeout);
    EXPECT_THAT(error.what(), HasSubstr("all 1 are in use"));
  }
}

TEST_F(PoolTest, HandsAFreedConnectionToWhoWaits) {
  Pool pool = MakePool(1, std::chrono::minutes(1));
  auto lease = std::make_unique<Lease>(pool.Acquire());
  std::thread waiter([&] { const Lease second = pool.Acquire(); });
  lease.reset();
  waiter.join();
  EXPECT_EQ(opened_, 1);
}

TEST_F(PoolTest, RecordsHowLongWasWaited) {
  Pool pool = MakePool(1);
  opening_takes_ = std::chrono::milliseconds(250);
  {
    const Lease lease = pool.Acquire();
  }
  {
    const Lease lease = pool.Acquire();
  }
  EXPECT_EQ(Wait().Count(), 2U);
  EXPECT_DOUBLE_EQ(Wait().Sum(), 0.25);
}

TEST_F(PoolTest, OpensAnotherInPlaceOfADeadConnection) {
  Pool pool = MakePool(1);
  {
    const Lease lease = pool.Acquire();
  }
  plan_.alive = false;
  {
    const Lease lease = pool.Acquire();
  }
  EXPECT_EQ(opened_, 2);
  EXPECT_EQ(Gauge("idle"), 0);
  plan_.alive = true;
  {
    const Lease lease = pool.Acquire();
  }
  EXPECT_EQ(opened_, 3);
  EXPECT_EQ(Gauge("idle"), 1);
}

TEST_F(PoolTest, AConnectionThatCannotBeOpenedTakesNoPlace) {
  Pool pool = MakePool(1);
  refuses_ = true;
  for (int i = 0; i < 3; ++i) EXPECT_THROW((void)pool.Acquire(), DatabaseError);
  refuses_ = false;
  EXPECT_NO_THROW((void)pool.Acquire());
  EXPECT_EQ(Wait().Count(), 4U);
}

TEST_F(PoolTest, RollsBackWhatALeaseLeftOpen) {
  Pool pool = MakePool(1);
  {
    const Lease lease = pool.Acquire();
    plan_.in_transaction = true;
  }
  EXPECT_THAT(plan_.statements, ElementsAre("ROLLBACK"));
  EXPECT_EQ(Gauge("idle"), 1);
}

TEST_F(PoolTest, RefusesASizeOutOfRange) {
  EXPECT_THROW(MakePool(0), std::invalid_argument);
  EXPECT_THROW(MakePool(1'001), std::invalid_argument);
}

}  // namespace
}  // namespace disruptor
