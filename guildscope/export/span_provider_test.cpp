#include "guildscope/export/span_provider.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/context/runtime_context.h>
#include <opentelemetry/trace/context.h>
#include <opentelemetry/trace/default_span.h>
#include <opentelemetry/trace/noop.h>
#include <opentelemetry/trace/provider.h>
#include <opentelemetry/trace/scope.h>

#include <set>
#include <thread>

#include "guildscope/export/collected_spans.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
using otel::trace::SpanContext;
using otel::trace::StartSpanOptions;

SpanContext Remote(bool sampled, std::uint8_t byte = 7) {
  std::uint8_t trace[16];
  std::uint8_t span[8];
  std::fill(std::begin(trace), std::end(trace), byte);
  std::fill(std::begin(span), std::end(span), byte);
  return {otel::trace::TraceId(trace), otel::trace::SpanId(span), otel::trace::TraceFlags(sampled ? 1 : 0), true,
          otel::trace::TraceState::FromHeader("vendor=1")};
}

StartSpanOptions ChildOf(const SpanContext& parent) {
  StartSpanOptions options;
  options.parent = parent;
  return options;
}

TEST(SpanProvider, TheCurrentSpanIsTheParent) {
  CollectedSpans spans;
  const auto tracer = spans.tracer();
  const auto outer = tracer->StartSpan("outer");
  SpanContext inner = SpanContext::GetInvalid();
  {
    const otel::trace::Scope scope(outer);
    inner = tracer->StartSpan("inner")->GetContext();
  }
  const auto root = tracer->StartSpan("root");
  EXPECT_EQ(inner.trace_id(), outer->GetContext().trace_id());
  EXPECT_NE(root->GetContext().trace_id(), outer->GetContext().trace_id());
  const auto sent = spans.TakeOne();
  EXPECT_EQ(sent.parent_span_id(),
            std::string(reinterpret_cast<const char*>(outer->GetContext().span_id().Id().data()), 8));
  EXPECT_EQ(sent.flags(), 1U | otel::proto::trace::v1::SPAN_FLAGS_CONTEXT_HAS_IS_REMOTE_MASK) << "a local parent";
}

TEST(SpanProvider, TheGivenParentWinsOverTheCurrentOne) {
  CollectedSpans spans;
  const auto tracer = spans.tracer();
  const auto current = tracer->StartSpan("current");
  const otel::trace::Scope scope(current);
  const auto trace_of = [&](const StartSpanOptions& options) {
    return tracer->StartSpan("child", options)->GetContext().trace_id();
  };
  EXPECT_EQ(trace_of(ChildOf(Remote(true))), Remote(true).trace_id());
  EXPECT_EQ(trace_of(ChildOf(SpanContext::GetInvalid())), current->GetContext().trace_id());

  StartSpanOptions options;
  const otel::nostd::shared_ptr<otel::trace::Span> remote(new otel::trace::DefaultSpan(Remote(true)));
  options.parent = otel::context::Context(otel::trace::kSpanKey, remote);
  EXPECT_EQ(trace_of(options), Remote(true).trace_id());
  options.parent = otel::context::Context();
  EXPECT_EQ(trace_of(options), current->GetContext().trace_id()) << "as the SDK does";
  options.parent = otel::context::Context(otel::trace::kIsRootSpanKey, true);
  EXPECT_NE(trace_of(options), current->GetContext().trace_id());
}

TEST(SpanProvider, SamplesAsTheSettingSays) {
  using enum config::Sampler;
  struct Case {
    config::Sampler sampler;
    double ratio;
    bool root;
    bool under_sampled;
    bool under_unsampled;
  };
  for (const Case& c :
       {Case{kAlwaysOn, 1, true, true, true}, Case{kAlwaysOff, 1, false, false, false},
        Case{kTraceIdRatio, 0, false, false, false}, Case{kTraceIdRatio, 1, true, true, true},
        Case{kParentBasedAlwaysOn, 1, true, true, false}, Case{kParentBasedAlwaysOff, 1, false, true, false},
        Case{kParentBasedTraceIdRatio, 0, false, true, false}, Case{kParentBasedTraceIdRatio, 1, true, true, false}}) {
    CollectedSpans spans({.sampler = c.sampler, .ratio = c.ratio});
    const auto samples = [&](const StartSpanOptions& options) {
      const auto span = spans.tracer()->StartSpan("name", options);
      EXPECT_TRUE(span->GetContext().IsValid());
      EXPECT_EQ(span->IsRecording(), span->GetContext().IsSampled());
      return span->IsRecording();
    };
    EXPECT_EQ(samples({}), c.root) << static_cast<int>(c.sampler);
    EXPECT_EQ(samples(ChildOf(Remote(true))), c.under_sampled) << static_cast<int>(c.sampler);
    EXPECT_EQ(samples(ChildOf(Remote(false))), c.under_unsampled) << static_cast<int>(c.sampler);
    EXPECT_EQ(spans.Take().size(), std::size_t{c.root} + c.under_sampled + c.under_unsampled);
  }
}

TEST(SpanProvider, TakesARatioOfTheTraces) {
  CollectedSpans spans({.sampler = config::Sampler::kParentBasedTraceIdRatio, .ratio = 0.25});
  const auto tracer = spans.tracer();
  int sampled = 0;
  for (int i = 0; i < 4'000; ++i) sampled += tracer->StartSpan("root")->GetContext().IsSampled() ? 1 : 0;
  EXPECT_NEAR(sampled, 1'000, 150);
}

TEST(SpanProvider, ASpanThatIsNotSampledHandsOnWhereItBelongs) {
  CollectedSpans spans;
  const auto span = spans.tracer()->StartSpan("name", ChildOf(Remote(false)));
  const SpanContext context = span->GetContext();
  EXPECT_FALSE(span->IsRecording());
  EXPECT_EQ(context.trace_id(), Remote(false).trace_id());
  EXPECT_NE(context.span_id(), Remote(false).span_id());
  EXPECT_EQ(context.trace_state()->ToHeader(), "vendor=1");
  EXPECT_FALSE(context.IsRemote());
}

TEST(SpanProvider, GroupsSpansByTheTracersScope) {
  CollectedSpans spans;
  spans.tracer("one")->StartSpan("a")->End();
  spans.tracer("two")->StartSpan("b")->End();
  spans.tracer("one")->StartSpan("c")->End();
  EXPECT_EQ(spans.tracer("one").get(), spans.tracer("one").get());
  const auto requests = spans.TakeRequests();
  ASSERT_EQ(requests.size(), 1);
  const auto& scopes = requests[0].resource_spans(0).scope_spans();
  ASSERT_EQ(scopes.size(), 2);
  EXPECT_EQ(scopes[0].scope().name(), "one");
  EXPECT_EQ(scopes[0].scope().version(), "1.0");
  EXPECT_EQ(scopes[0].spans_size(), 2);
  EXPECT_EQ(scopes[1].spans(0).name(), "b");
}

TEST(SpanProvider, WhatEndsAfterTheShutdownIsCountedAsLost) {
  CollectedSpans spans;
  const auto tracer = spans.tracer();
  const auto span = tracer->StartSpan("ends late");
  spans.ForgetProvider();
  spans.pipeline().Shutdown(std::chrono::seconds(60));
  span->End();
  tracer->StartSpan("starts late")->End();
  EXPECT_EQ(spans.account().not_submitted(Loss::kShutdown), 2);
  EXPECT_EQ(spans.account().delivered(), 0);
}

TEST(SpanProvider, DropsSuccessfulSpansOfTheGivenNamesAndNothingElse) {
  CollectedSpans spans({.drop_successful = {"GET /gateway*", "poll"}});
  const auto tracer = spans.tracer();
  const auto start = [&](const char* name, otel::trace::SpanKind kind = otel::trace::SpanKind::kClient) {
    StartSpanOptions options;
    options.kind = kind;
    return tracer->StartSpan(name, options);
  };
  start("GET /gateway/bot")->End();
  start("poll")->End();
  const auto renamed = start("kept");
  renamed->UpdateName("poll");
  renamed->SetStatus(otel::trace::StatusCode::kOk);
  renamed->End();
  EXPECT_EQ(spans.Take().size(), 0);
  EXPECT_EQ(spans.filter().dropped(), 3);

  start("polls")->End();
  start("poll", otel::trace::SpanKind::kServer)->End();
  start("poll", otel::trace::SpanKind::kConsumer)->End();
  const auto failed = start("poll");
  failed->SetStatus(otel::trace::StatusCode::kError, "failed");
  failed->End();
  const auto threw = start("poll");
  threw->AddEvent("exception", {{"exception.type", "int"}});
  threw->End();
  EXPECT_EQ(spans.Take().size(), 5);
  EXPECT_EQ(spans.filter().dropped(), 3);
  EXPECT_EQ(spans.account().lost(), 0);
}

TEST(SpanProvider, AChildOfADroppedSpanKeepsItsParentsId) {
  CollectedSpans spans({.drop_successful = {"poll"}});
  const auto tracer = spans.tracer();
  const auto poll = tracer->StartSpan("poll");
  {
    const otel::trace::Scope scope(poll);
    tracer->StartSpan("child")->End();
  }
  poll->End();
  EXPECT_EQ(spans.TakeOne().parent_span_id(),
            std::string(reinterpret_cast<const char*>(poll->GetContext().span_id().Id().data()), 8));
}

class Witness final : public SpanListener {
 public:
  void SpanStarted(const TraceIdBytes& trace_id, const SpanIdBytes&, std::string_view name,
                   std::chrono::system_clock::time_point) noexcept override {
    started.push_back(std::string(name));
    first_byte = trace_id[0];
  }
  void SpanEnded(std::string_view span, const WireScope& scope) noexcept override {
    ended.emplace_back().ParseFromString(std::string(span));
    scope_name = scope.name;
  }
  std::vector<std::string> started;
  std::vector<otel::proto::trace::v1::Span> ended;
  std::string scope_name;
  std::uint8_t first_byte = 0;
};

TEST(SpanProvider, TellsAListenerOfEverySpanThatIsRecorded) {
  const auto witness = std::make_shared<Witness>();
  CollectedSpans spans({.drop_successful = {"dropped"}, .listener = witness});
  const auto kept = spans.tracer()->StartSpan("kept", ChildOf(Remote(true)));
  EXPECT_EQ(witness->first_byte, 7);
  EXPECT_THAT(witness->ended, ::testing::IsEmpty());
  kept->SetAttribute("key", "value");
  kept->End();
  spans.tracer()->StartSpan("unsampled", ChildOf(Remote(false)))->End();
  spans.tracer()->StartSpan("dropped")->End();
  EXPECT_THAT(witness->started, ::testing::ElementsAre("kept", "dropped"));
  ASSERT_EQ(witness->ended.size(), 2);
  EXPECT_EQ(witness->ended[0].attributes(0).value().string_value(), "value");
  EXPECT_EQ(witness->ended[1].name(), "dropped");
  EXPECT_EQ(witness->scope_name, "a test");
}

TEST(SpanProvider, TakesLinksAfterTheStart) {
  CollectedSpans spans;
  otel::trace::Provider::SetTracerProvider(spans.provider());
  tracing::Span span = tracing::Tracer("a test").Start("late");
  const auto link = tracing::SpanContext::FromTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  EXPECT_TRUE(span.AddLink(*link, {{"why", "it asked"}}));
  EXPECT_FALSE(span.AddLink(tracing::SpanContext()));
  span.End();
  otel::trace::Provider::SetTracerProvider(
      otel::nostd::shared_ptr<otel::trace::TracerProvider>(new otel::trace::NoopTracerProvider()));
  const auto sent = spans.TakeOne();
  ASSERT_EQ(sent.links_size(), 1);
  EXPECT_EQ(static_cast<unsigned char>(sent.links(0).trace_id()[0]), 0x0a);
  EXPECT_EQ(sent.links(0).attributes(0).value().string_value(), "it asked");
}

TEST(SpanProvider, EverySpanOfManyThreadsArrivesOnce) {
  CollectedSpans spans;
  constexpr int kThreads = 4;
  constexpr int kEach = 2'000;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&spans] {
      const auto tracer = spans.tracer();
      for (int n = 0; n < kEach; ++n) tracer->StartSpan("span", {{"n", n}})->End();
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> ids;
  for (const auto& span : spans.Take()) {
    EXPECT_EQ(span.attributes_size(), 1);
    ids.insert(span.span_id());
  }
  EXPECT_EQ(ids.size(), kThreads * kEach);
}

}  // namespace
}  // namespace guildscope::exporting
