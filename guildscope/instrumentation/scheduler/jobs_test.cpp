#include "guildscope/instrumentation/scheduler/jobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/exporters/memory/in_memory_span_data.h>
#include <opentelemetry/exporters/memory/in_memory_span_exporter_factory.h>
#include <opentelemetry/sdk/trace/simple_processor_factory.h>
#include <opentelemetry/sdk/trace/span_data.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/noop.h>
#include <opentelemetry/trace/provider.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "guildscope/testing/fake_clock.hpp"

namespace guildscope::scheduler {
namespace {

using namespace std::chrono_literals;
namespace otel = opentelemetry;

class JobsTest : public ::testing::Test {
 protected:
  std::optional<metrics::Point> Find(const std::string& name, const std::vector<std::string>& labels) {
    for (const metrics::Metric& metric : registry_.Collect().metrics) {
      if (metric.name != name) continue;
      for (const metrics::Point& point : metric.points) {
        if (point.label_values == labels) return point;
      }
    }
    return std::nullopt;
  }

  double Value(const std::string& name, const std::vector<std::string>& labels) {
    const auto point = Find(name, labels);
    return point ? point->value : 0;
  }

  testing::FakeClock clock_;
  metrics::Registry registry_{{}, clock_};
  tracing::Tracer tracer_;
  Jobs jobs_{registry_, tracer_, clock_};
};

TEST_F(JobsTest, CountsAndTimesAJobThatSucceeds) {
  EXPECT_EQ(jobs_.Run("digest",
                      [&] {
                        clock_.Advance(3s);
                        return 42;
                      }),
            42);
  EXPECT_EQ(Value("disruptor.scheduler.jobs", {"digest", "success"}), 1);
  const auto duration = Find("disruptor.scheduler.job.duration", {"digest", "success"});
  ASSERT_TRUE(duration);
  EXPECT_EQ(duration->count, 1);
  EXPECT_DOUBLE_EQ(duration->sum, 3);
}

TEST_F(JobsTest, CountsAnExceptionAsAnErrorAndPassesItOn) {
  EXPECT_THROW(jobs_.Run("digest", [] { throw std::runtime_error("broken"); }), std::runtime_error);
  EXPECT_EQ(Value("disruptor.scheduler.jobs", {"digest", "error"}), 1);
  EXPECT_EQ(Value("disruptor.scheduler.jobs", {"digest", "success"}), 0);
}

TEST_F(JobsTest, CountsAJobThatSaysThatItFailed) {
  jobs_.Run("digest", [](ScopedJob& job) { job.Fail("no_guilds", "there was nothing to do it with"); });
  EXPECT_EQ(Value("disruptor.scheduler.jobs", {"digest", "error"}), 1);
}

TEST_F(JobsTest, CountsActiveJobsUntilTheyEndOnWhicheverThread) {
  std::optional<ScopedJob> job(jobs_.Start("digest"));
  EXPECT_EQ(Value("disruptor.scheduler.active_jobs", {"digest"}), 1);
  EXPECT_EQ(Value("disruptor.scheduler.jobs", {"digest", "success"}), 0);
  std::thread([&] { job.reset(); }).join();
  EXPECT_EQ(Value("disruptor.scheduler.active_jobs", {"digest"}), 0);
  EXPECT_EQ(Value("disruptor.scheduler.jobs", {"digest", "success"}), 1);
}

TEST_F(JobsTest, CountsAJobThatWasMovedOnce) {
  {
    ScopedJob job = jobs_.Start("digest");
    const ScopedJob moved = std::move(job);
  }
  EXPECT_EQ(Value("disruptor.scheduler.jobs", {"digest", "success"}), 1);
  EXPECT_EQ(Value("disruptor.scheduler.active_jobs", {"digest"}), 0);
}

/// With the SDK's tracer provider as the global one, and an exporter that keeps what it gets.
class JobSpanTest : public JobsTest {
 protected:
  JobSpanTest() {
    auto exporter = otel::exporter::memory::InMemorySpanExporterFactory::Create(data_);
    auto processor = otel::sdk::trace::SimpleSpanProcessorFactory::Create(std::move(exporter));
    Install(otel::sdk::trace::TracerProviderFactory::Create(std::move(processor)).release());
  }
  ~JobSpanTest() override { Install(new otel::trace::NoopTracerProvider()); }

  static void Install(otel::trace::TracerProvider* provider) {
    otel::trace::Provider::SetTracerProvider(otel::nostd::shared_ptr<otel::trace::TracerProvider>(provider));
  }

  std::shared_ptr<otel::exporter::memory::InMemorySpanData> data_;
};

TEST_F(JobSpanTest, HasTheGuildsAsAttributesAndIsTheParentOfWhatTheJobDoes) {
  jobs_.Run("digest", [&](ScopedJob& job) {
    tracer_.Start("inside").End();
    job.SetGuilds(5, 2);
  });
  const auto spans = data_->GetSpans();
  ASSERT_EQ(spans.size(), 2);
  const auto& inside = *spans[0];
  const auto& job = *spans[1];
  EXPECT_EQ(std::string(job.GetName()), "job digest");
  EXPECT_EQ(job.GetSpanKind(), otel::trace::SpanKind::kInternal);
  EXPECT_FALSE(job.GetParentSpanId().IsValid());
  EXPECT_EQ(otel::nostd::get<std::string>(job.GetAttributes().at("handler_type")), "digest");
  EXPECT_EQ(otel::nostd::get<std::int64_t>(job.GetAttributes().at("guilds_considered")), 5);
  EXPECT_EQ(otel::nostd::get<std::int64_t>(job.GetAttributes().at("guilds_joined")), 2);
  EXPECT_EQ(inside.GetParentSpanId(), job.GetSpanId());
}

TEST_F(JobSpanTest, IsWhereItsDurationLeadsTo) {
  jobs_.Run("digest", [&](ScopedJob&) { clock_.Advance(3s); });
  const auto spans = data_->GetSpans();
  ASSERT_EQ(spans.size(), 1);
  const auto point = Find("disruptor.scheduler.job.duration", {"digest", "success"});
  ASSERT_TRUE(point);
  std::vector<metrics::Exemplar> exemplars = point->exemplars;
  std::erase_if(exemplars, [](const metrics::Exemplar& exemplar) { return !exemplar.present(); });
  ASSERT_EQ(exemplars.size(), 1);
  EXPECT_EQ(exemplars[0].value, 3);
  EXPECT_TRUE(std::ranges::equal(exemplars[0].span_id, spans[0]->GetSpanId().Id()));
}

TEST_F(JobSpanTest, SaysWhichExceptionEndedTheJob) {
  EXPECT_THROW(jobs_.Run("digest", [] { throw std::runtime_error("broken"); }), std::runtime_error);
  const auto spans = data_->GetSpans();
  ASSERT_EQ(spans.size(), 1);
  EXPECT_EQ(spans[0]->GetStatus(), otel::trace::StatusCode::kError);
  ASSERT_EQ(spans[0]->GetEvents().size(), 1);
  EXPECT_EQ(spans[0]->GetEvents()[0].GetName(), "exception");
}

}  // namespace
}  // namespace guildscope::scheduler
