#include "guildscope/instrumentation/database/statement_recorder.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "guildscope/instrumentation/database/plan_cache.hpp"
#include "guildscope/instrumentation/database/recorder_slot.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/recorded_metrics.hpp"
#include "guildscope/testing/recorded_spans.hpp"

namespace guildscope::database {
namespace {

using testing::CountOf;
using testing::FindPoint;
using testing::ValueOf;
using namespace std::chrono_literals;

class StatementRecorderTest : public ::testing::Test {
 protected:
  Execution Start(std::string_view sql) { return recorder_.Start(recorder_.PlanFor(sql, server_)); }

  testing::FakeClock clock_;
  metrics::Registry registry_{{}, clock_};
  tracing::Tracer tracer_;
  testing::RecordedSpans spans_;
  StatementRecorder recorder_{registry_, tracer_, clock_};
  Server server_{.dialect = Dialect::kPostgresql, .database = "bot", .address = "db.example", .port = 5432};
};

TEST_F(StatementRecorderTest, RecordsASuccessInEveryMetricAndASpan) {
  Execution execution = Start("SELECT chance FROM guild_settings WHERE guild_id = 7");
  clock_.Advance(30ms);
  recorder_.Succeed(execution);

  EXPECT_EQ(ValueOf(registry_, "disruptor.database.queries", {"SELECT", "guild_settings", "success"}), 1);
  EXPECT_EQ(testing::TotalOf(registry_, "disruptor.database.queries"), 1);
  EXPECT_EQ(testing::TotalOf(registry_, "disruptor.database.errors"), 0);
  const auto duration = FindPoint(registry_, "disruptor.database.query.duration", {"SELECT", "guild_settings"});
  ASSERT_TRUE(duration);
  EXPECT_EQ(duration->count, 1U);
  EXPECT_DOUBLE_EQ(duration->sum, 0.03);
  EXPECT_EQ(CountOf(registry_, "db.client.operation.duration", {"postgresql", "SELECT", "guild_settings", ""}), 1U);

  const testing::RecordedSpan span = spans_.TakeOnly();
  EXPECT_EQ(span.name, "SELECT guild_settings");
  EXPECT_EQ(span.kind, tracing::SpanKind::kClient);
  EXPECT_FALSE(span.is_error);
  const std::map<std::string, std::string> expected{
      {"db.system.name", "postgresql"},
      {"db.operation.name", "SELECT"},
      {"db.collection.name", "guild_settings"},
      {"db.query.summary", "SELECT guild_settings"},
      {"db.query.text", "SELECT chance FROM guild_settings WHERE guild_id = ?"},
      {"db.namespace", "bot"},
      {"server.address", "db.example"},
      {"server.port", "5432"}};
  EXPECT_EQ(span.attributes, expected);
}

TEST_F(StatementRecorderTest, LeadsFromADurationToItsSpanHoweverItEnded) {
  const auto expect = [this](const std::string& metric, const std::vector<std::string>& labels,
                             const tracing::SpanContext& span) {
    const auto point = FindPoint(registry_, metric, labels);
    ASSERT_TRUE(point);
    std::vector<metrics::Exemplar> exemplars = point->exemplars;
    std::erase_if(exemplars, [](const metrics::Exemplar& exemplar) { return !exemplar.present(); });
    ASSERT_EQ(exemplars.size(), 1U) << metric;
    EXPECT_EQ(exemplars[0].trace_id, span.trace_id);
    EXPECT_EQ(exemplars[0].span_id, span.span_id);
  };
  Execution success = Start("SELECT 1 FROM songs");
  recorder_.Succeed(success);
  const tracing::SpanContext succeeded = spans_.TakeOnly().context;
  expect("disruptor.database.query.duration", {"SELECT", "songs"}, succeeded);
  expect("db.client.operation.duration", {"postgresql", "SELECT", "songs", ""}, succeeded);

  Execution failure = Start("DELETE FROM songs");
  recorder_.Fail(failure, {.type = ErrorType::kBusy, .code = "", .description = ""});
  const tracing::SpanContext failed = spans_.TakeOnly().context;
  expect("disruptor.database.query.duration", {"DELETE", "songs"}, failed);
  expect("db.client.operation.duration", {"postgresql", "DELETE", "songs", "busy"}, failed);
}

TEST_F(StatementRecorderTest, RecordsAFailureInEveryMetricAndTheSpan) {
  Execution execution = Start("INSERT INTO songs VALUES (1)");
  clock_.Advance(2s);
  recorder_.Fail(execution, {.type = ErrorType::kConstraint, .code = "23505", .description = "unique_violation"});

  EXPECT_EQ(ValueOf(registry_, "disruptor.database.queries", {"INSERT", "songs", "error"}), 1);
  EXPECT_EQ(ValueOf(registry_, "disruptor.database.errors", {"INSERT", "songs", "constraint"}), 1);
  EXPECT_EQ(CountOf(registry_, "disruptor.database.query.duration", {"INSERT", "songs"}), 1U);
  EXPECT_EQ(CountOf(registry_, "db.client.operation.duration", {"postgresql", "INSERT", "songs", "constraint"}), 1U);

  const testing::RecordedSpan span = spans_.TakeOnly();
  EXPECT_TRUE(span.is_error);
  EXPECT_EQ(span.description, "unique_violation");
  EXPECT_EQ(span["error.type"], "constraint");
  EXPECT_EQ(span["db.response.status_code"], "23505");
}

TEST_F(StatementRecorderTest, TheParentIsWhatIsCurrentWhenTheStatementStarts) {
  tracing::SpanContext parent;
  Execution execution;
  {
    const auto command = tracer_.StartActive("command interval");
    parent = tracing::CurrentSpan();
    execution = Start("SELECT 1");
  }
  recorder_.Succeed(execution);
  const auto spans = spans_.Take();
  ASSERT_EQ(spans.size(), 2U);
  EXPECT_EQ(spans[1].name, "SELECT");
  EXPECT_EQ(spans[1].parent_span_id, parent.span_id);
  EXPECT_EQ(spans[1].context.trace_id, parent.trace_id);
}

TEST_F(StatementRecorderTest, KeepsThePlansOfTextsButNotAcrossDatabases) {
  const auto plan = recorder_.PlanFor("SELECT 1", server_);
  EXPECT_EQ(recorder_.PlanFor("SELECT 1", server_), plan);
  Server other = server_;
  other.database = "another";
  EXPECT_NE(recorder_.PlanFor("SELECT 1", other), plan);
}

TEST_F(StatementRecorderTest, GoesOnWithoutTheNameOfOneDatabaseTooMany) {
  for (int i = 0; i < 100; ++i) {
    server_.database = "database" + std::to_string(i);
    Execution execution = Start("SELECT 1");
    recorder_.Succeed(execution);
  }
  const auto spans = spans_.Take();
  ASSERT_EQ(spans.size(), 100U);
  EXPECT_EQ(spans.front()["db.namespace"], "database0");
  EXPECT_EQ(spans.back()["db.namespace"], "absent");
  EXPECT_EQ(testing::TotalOf(registry_, "disruptor.database.queries"), 100);
}

TEST_F(StatementRecorderTest, AnAttemptToConnectHasNoTableAndNoText) {
  Execution execution = recorder_.Start(recorder_.PlanForConnect(server_));
  recorder_.Fail(execution, {.type = ErrorType::kConnection});
  EXPECT_EQ(ValueOf(registry_, "disruptor.database.errors", {"CONNECT", "", "connection"}), 1);
  const testing::RecordedSpan span = spans_.TakeOnly();
  EXPECT_EQ(span.name, "CONNECT");
  EXPECT_EQ(span["db.query.text"], "absent");
}

TEST(PlanCache, KeepsWhatIsUsedAndIsBounded) {
  PlanCache<int> cache;
  cache.Add("used", std::make_shared<int>(1));
  const auto first = std::make_shared<int>(2);
  cache.Add("not used", first);
  for (std::size_t i = 0; i < 4 * PlanCache<int>::kGeneration; ++i) {
    cache.Add("other " + std::to_string(i), std::make_shared<int>(3));
    ASSERT_NE(cache.Find("used"), nullptr);
  }
  EXPECT_EQ(cache.Find("not used"), nullptr);
  EXPECT_EQ(first.use_count(), 1);
  cache.Add(std::string(10'000, 'x'), first);
  EXPECT_EQ(first.use_count(), 1);
}

TEST_F(StatementRecorderTest, ASlotTakesOneRecorderAtATime) {
  RecorderSlot slot;
  EXPECT_TRUE(slot.empty());
  EXPECT_FALSE(RecorderSlot::Use(slot));
  slot.Set(recorder_);
  EXPECT_THROW(slot.Set(recorder_), std::logic_error);
  const std::uint64_t first = RecorderSlot::Use(slot).generation();
  slot.Clear();
  EXPECT_FALSE(RecorderSlot::Use(slot));
  slot.Set(recorder_);
  EXPECT_NE(RecorderSlot::Use(slot).generation(), first);
  slot.Clear();
}

TEST_F(StatementRecorderTest, ASlotIsClearOnlyWhenNobodyUsesItsRecorder) {
  RecorderSlot slot;
  slot.Set(recorder_);
  std::atomic<bool> stop{false};
  std::atomic<int> used{0};
  std::atomic<bool> cleared{false};
  std::atomic<bool> used_after_clear{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (!stop) {
        const RecorderSlot::Use use(slot);
        if (!use) continue;
        ++used;
        if (cleared) used_after_clear = true;
      }
    });
  }
  while (used < 1'000) std::this_thread::yield();
  slot.Clear();
  cleared = true;
  const int at_clear = used;
  std::this_thread::yield();
  stop = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(used, at_clear);
  EXPECT_FALSE(used_after_clear);
}

}  // namespace
}  // namespace guildscope::database
