#include "guildscope/tracing/current_span.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/context/runtime_context.h>
#include <opentelemetry/trace/default_span.h>
#include <opentelemetry/trace/scope.h>

#include <optional>
#include <thread>

#include "guildscope/tracing/context.hpp"
#include "guildscope/tracing/opentelemetry_bridge.hpp"

namespace guildscope::tracing {
namespace {

namespace otel = opentelemetry;

thread_local SpanContext told;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

SpanContext Identity(std::uint8_t byte, bool sampled = true) {
  SpanContext span{.sampled = sampled};
  span.trace_id.fill(byte);
  span.span_id.fill(byte);
  return span;
}

class CurrentSpanTest : public ::testing::Test {
 protected:
  CurrentSpanTest() {
    FollowCurrentSpan([](const SpanContext& current) noexcept { told = current; });
  }
  ~CurrentSpanTest() override { FollowCurrentSpan(nullptr); }
};

TEST_F(CurrentSpanTest, IsToldWhenAContextBeginsAndEnds) {
  const ContextScope outer(Context::FromRemote(Identity(1)));
  EXPECT_EQ(told, Identity(1));
  {
    const ContextScope inner(Context::FromRemote(Identity(2, /*sampled=*/false)));
    EXPECT_EQ(told, Identity(2, /*sampled=*/false));
    const ContextScope none{Context()};
    EXPECT_EQ(told, SpanContext());
  }
  EXPECT_EQ(told, Identity(1));
}

TEST_F(CurrentSpanTest, IsToldOfWhatOthersMakeCurrentThroughTheApi) {
  const otel::nostd::shared_ptr<otel::trace::Span> span(
      new otel::trace::DefaultSpan(ToOpenTelemetry(Identity(3), false)));
  {
    const otel::trace::Scope scope(span);
    EXPECT_EQ(told, Identity(3));
    EXPECT_EQ(CurrentSpan(), Identity(3));
  }
  EXPECT_EQ(told, SpanContext());
}

TEST_F(CurrentSpanTest, IsToldWhenAnOuterContextEndsBeforeAnInnerOne) {
  std::optional<ContextScope> outer(std::in_place, Context::FromRemote(Identity(1)));
  const ContextScope inner(Context::FromRemote(Identity(2)));
  outer.reset();  // OpenTelemetry ends both
  EXPECT_EQ(told, SpanContext());
  EXPECT_EQ(told, CurrentSpan());
}

TEST_F(CurrentSpanTest, IsToldOnTheThreadThatItIsAbout) {
  const Context context = Context::FromRemote(Identity(4));
  std::thread([&] {
    const ContextScope scope(context);
    EXPECT_EQ(told, Identity(4));
  }).join();
  EXPECT_EQ(told, SpanContext());
}

TEST(CurrentSpan, IsKnownToAListenerThatComesLate) {
  const ContextScope scope(Context::FromRemote(Identity(5)));
  FollowCurrentSpan([](const SpanContext& current) noexcept { told = current; });
  EXPECT_EQ(told, Identity(5));
  FollowCurrentSpan(nullptr);
}

}  // namespace
}  // namespace guildscope::tracing
