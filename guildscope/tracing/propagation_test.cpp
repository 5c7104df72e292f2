#include "guildscope/tracing/propagation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/baggage/baggage_context.h>
#include <opentelemetry/baggage/propagation/baggage_propagator.h>
#include <opentelemetry/context/propagation/composite_propagator.h>
#include <opentelemetry/context/propagation/global_propagator.h>
#include <opentelemetry/context/propagation/noop_propagator.h>
#include <opentelemetry/context/runtime_context.h>
#include <opentelemetry/trace/propagation/http_trace_context.h>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "guildscope/tracing/context.hpp"

namespace guildscope::tracing {
namespace {

namespace otel = opentelemetry;
using otel::context::propagation::TextMapPropagator;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class PropagationTest : public ::testing::Test {
 protected:
  ~PropagationTest() override { Install(std::make_unique<otel::context::propagation::NoOpPropagator>()); }

  static void Install(std::unique_ptr<TextMapPropagator> propagator) {
    otel::context::propagation::GlobalTextMapPropagator::SetGlobalPropagator(
        otel::nostd::shared_ptr<TextMapPropagator>(propagator.release()));
  }

  static std::map<std::string, std::string> Injected() {
    std::map<std::string, std::string> headers;
    InjectCurrent([&](std::string_view name, std::string_view value) { headers.emplace(name, value); });
    return headers;
  }

  const std::string traceparent_ = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
};

TEST_F(PropagationTest, WritesWhatThePropagatorsWrite) {
  std::vector<std::unique_ptr<TextMapPropagator>> both;
  both.push_back(std::make_unique<otel::trace::propagation::HttpTraceContext>());
  both.push_back(std::make_unique<otel::baggage::propagation::BaggagePropagator>());
  Install(std::make_unique<otel::context::propagation::CompositePropagator>(std::move(both)));
  EXPECT_THAT(Injected(), IsEmpty()) << "nothing is current";
  const ContextScope scope(Context::FromRemote(*SpanContext::FromTraceparent(traceparent_)));
  auto context = otel::context::RuntimeContext::GetCurrent();
  context = otel::baggage::SetBaggage(context, otel::baggage::Baggage::GetDefault()->Set("guild", "7"));
  const auto token = otel::context::RuntimeContext::Attach(context);
  EXPECT_THAT(Injected(), ElementsAre(Pair("baggage", "guild=7"), Pair("traceparent", traceparent_)));
}

TEST_F(PropagationTest, WritesNothingWithoutPropagators) {
  const ContextScope scope(Context::FromRemote(*SpanContext::FromTraceparent(traceparent_)));
  EXPECT_THAT(Injected(), IsEmpty());
}

}  // namespace
}  // namespace guildscope::tracing
