#include "guildscope/tracing/tracer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opentelemetry/exporters/memory/in_memory_span_data.h>
#include <opentelemetry/exporters/memory/in_memory_span_exporter_factory.h>
#include <opentelemetry/sdk/trace/simple_processor_factory.h>
#include <opentelemetry/sdk/trace/span_data.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/noop.h>
#include <opentelemetry/trace/provider.h>

#include <stdexcept>
#include <string>
#include <thread>

#include "guildscope/tracing/opentelemetry_bridge.hpp"
#include "guildscope/tracing/route.hpp"

namespace guildscope::tracing {
namespace {

namespace otel = opentelemetry;
using otel::sdk::trace::SpanData;
using testing::HasSubstr;

/// The SDK's tracer provider as the global one, with an exporter that keeps what it gets.
class TracerTest : public testing::Test {
 protected:
  TracerTest() {
    auto exporter = otel::exporter::memory::InMemorySpanExporterFactory::Create(data_);
    auto processor = otel::sdk::trace::SimpleSpanProcessorFactory::Create(std::move(exporter));
    Install(otel::sdk::trace::TracerProviderFactory::Create(std::move(processor)).release());
  }
  ~TracerTest() override { Install(new otel::trace::NoopTracerProvider()); }

  static void Install(otel::trace::TracerProvider* provider) {
    otel::trace::Provider::SetTracerProvider(otel::nostd::shared_ptr<otel::trace::TracerProvider>(provider));
  }

  /// The spans that ended since the last call, in that order.
  std::vector<std::unique_ptr<SpanData>> Ended() { return data_->GetSpans(); }

  std::unique_ptr<SpanData> OnlyEnded() {
    auto spans = Ended();
    if (spans.size() != 1) throw std::runtime_error(std::to_string(spans.size()) + " spans ended, not one");
    return std::move(spans.front());
  }

  static std::string Text(const SpanData& span, const std::string& key) {
    const auto found = span.GetAttributes().find(key);
    return found == span.GetAttributes().end() ? "absent" : otel::nostd::get<std::string>(found->second);
  }

  std::shared_ptr<otel::exporter::memory::InMemorySpanData> data_;
  Tracer tracer_{"the scope", "1.2"};
};

TEST_F(TracerTest, GivesASpanItsNameKindScopeAndAttributes) {
  SpanOptions options;
  options.kind = SpanKind::kServer;
  options.attributes = {{"command", "weight"}, {"shard", 3}, {"ratio", 0.5}, {"dm", false}};
  tracer_.Start("command weight", options).End();

  const auto span = OnlyEnded();
  EXPECT_EQ(std::string(span->GetName()), "command weight");
  EXPECT_EQ(span->GetSpanKind(), otel::trace::SpanKind::kServer);
  EXPECT_EQ(span->GetInstrumentationScope().GetName(), "the scope");
  EXPECT_EQ(span->GetInstrumentationScope().GetVersion(), "1.2");
  EXPECT_EQ(Text(*span, "command"), "weight");
  const auto& attributes = span->GetAttributes();
  EXPECT_EQ(otel::nostd::get<std::int64_t>(attributes.at("shard")), 3);
  EXPECT_EQ(otel::nostd::get<double>(attributes.at("ratio")), 0.5);
  EXPECT_EQ(otel::nostd::get<bool>(attributes.at("dm")), false);
}

TEST_F(TracerTest, TranslatesEveryKind) {
  using Api = otel::trace::SpanKind;
  for (const auto& [ours, theirs] : {std::pair{SpanKind::kInternal, Api::kInternal},
                                     {SpanKind::kServer, Api::kServer},
                                     {SpanKind::kClient, Api::kClient},
                                     {SpanKind::kProducer, Api::kProducer},
                                     {SpanKind::kConsumer, Api::kConsumer}}) {
    tracer_.Start("any", {.kind = ours, .attributes = {}, .links = {}, .parent = {}}).End();
    EXPECT_EQ(OnlyEnded()->GetSpanKind(), theirs);
  }
}

TEST_F(TracerTest, MakesASpanTheChildOfTheActiveOne) {
  SpanContext outer_context;
  {
    ActiveSpan outer = tracer_.StartActive("outer");
    outer_context = outer->span_context();
    EXPECT_EQ(CurrentSpan(), outer_context);
    tracer_.Start("inner").End();
  }
  EXPECT_FALSE(CurrentSpan().valid());
  const auto spans = Ended();
  ASSERT_EQ(spans.size(), 2);
  EXPECT_EQ(std::string(spans[0]->GetName()), "inner");
  EXPECT_EQ(FromOpenTelemetry(spans[0]->GetSpanContext()).trace_id, outer_context.trace_id);
  EXPECT_EQ(spans[0]->GetParentSpanId(), spans[1]->GetSpanId());
}

TEST_F(TracerTest, StartsARootWhenTheParentIsAnEmptyContext) {
  const ActiveSpan outer = tracer_.StartActive("outer");
  SpanOptions options;
  options.parent = Context();
  tracer_.Start("root", options).End();
  const auto root = OnlyEnded();
  EXPECT_FALSE(root->GetParentSpanId().IsValid());
  EXPECT_NE(FromOpenTelemetry(root->GetSpanContext()).trace_id, CurrentSpan().trace_id);
}

TEST_F(TracerTest, ContinuesARemoteTrace) {
  const auto remote = SpanContext::FromTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  SpanOptions options;
  options.parent = Context::FromRemote(*remote);
  EXPECT_EQ(options.parent->span(), *remote);
  tracer_.Start("child", options).End();
  const auto child = OnlyEnded();
  EXPECT_EQ(FromOpenTelemetry(child->GetSpanContext()).TraceIdHex(), remote->TraceIdHex());
  EXPECT_EQ(child->GetParentSpanId(), ToOpenTelemetry(*remote, true).span_id());
}

TEST_F(TracerTest, TakesAnInvalidRemoteParentForARoot) {
  SpanOptions options;
  options.parent = Context::FromRemote(SpanContext());
  tracer_.Start("root", options).End();
  EXPECT_FALSE(OnlyEnded()->GetParentSpanId().IsValid());
}

TEST_F(TracerTest, LinksToOtherSpansAndLeavesOutInvalidOnes) {
  Span asked = tracer_.Start("asked");
  SpanOptions options;
  options.links = {asked.span_context(), SpanContext()};
  tracer_.Start("worked", options).End();
  const auto worked = OnlyEnded();
  ASSERT_EQ(worked->GetLinks().size(), 1);
  EXPECT_EQ(FromOpenTelemetry(worked->GetLinks()[0].GetSpanContext()), asked.span_context());
}

TEST_F(TracerTest, AContextTravelsInARowAndBecomesALinkLater) {
  std::string row;
  {
    const auto asked = tracer_.StartActive("command play");
    row = CurrentSpan().ToTraceparent();
  }
  const auto asked = OnlyEnded();
  SpanOptions options;
  options.links = {SpanContext::FromTraceparent(row).value()};
  tracer_.Start("play", options).End();
  const auto played = OnlyEnded();
  ASSERT_EQ(played->GetLinks().size(), 1);
  EXPECT_EQ(played->GetLinks()[0].GetSpanContext().span_id(), asked->GetSpanId());
  EXPECT_FALSE(SpanContext::FromTraceparent("a row without one").has_value());
}

TEST_F(TracerTest, SaysWhenTheProviderTakesNoLinkAfterTheStart) {
  Span span = tracer_.Start("any");
  EXPECT_FALSE(span.AddLink(*SpanContext::FromTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")));
  EXPECT_FALSE(Span().AddLink(SpanContext()));
}

TEST(Attribute, CopiesWhatIsNoLiteral) {
  char buffer[] = "before";
  std::string text = "before";
  const char* pointer = text.c_str();
  const Attributes attributes{{buffer, buffer}, {text, text}, {pointer, pointer}, {"literal", "literal"}};
  const Attributes copies = attributes;
  buffer[0] = 'x';
  text = "changed";
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(copies[i].key.view(), "before");
    EXPECT_EQ(std::get<AttributeText>(copies[i].value).view(), "before");
  }
  EXPECT_EQ(std::get<AttributeText>(copies[3].value).view(), "literal");
}

TEST_F(TracerTest, UsesTheProviderThatIsInstalledNow) {
  tracer_.Start("first").End();
  EXPECT_EQ(Ended().size(), 1);
  Install(new otel::trace::NoopTracerProvider());
  EXPECT_FALSE(tracer_.Start("unseen").recording());
  EXPECT_EQ(Ended().size(), 0);
}

TEST_F(TracerTest, TraceReturnsWhatTheWorkReturns) {
  EXPECT_EQ(tracer_.Trace("work", {}, [] { return 42; }), 42);
  EXPECT_EQ(OnlyEnded()->GetStatus(), otel::trace::StatusCode::kUnset);
}

TEST_F(TracerTest, TraceRecordsAnExceptionAndLetsItGoOn) {
  EXPECT_THROW(tracer_.Trace("work", {},
                             [](Span& span) {
                               span.SetAttribute({"step", "one"});
                               throw std::out_of_range("past the end");
                             }),
               std::out_of_range);
  const auto span = OnlyEnded();
  EXPECT_EQ(span->GetStatus(), otel::trace::StatusCode::kError);
  EXPECT_EQ(std::string(span->GetDescription()), "past the end");
  EXPECT_EQ(Text(*span, "error.type"), "std::out_of_range");
  EXPECT_EQ(Text(*span, "step"), "one");
  ASSERT_EQ(span->GetEvents().size(), 1);
  EXPECT_EQ(span->GetEvents()[0].GetName(), "exception");
  const auto& attributes = span->GetEvents()[0].GetAttributes();
  EXPECT_EQ(otel::nostd::get<std::string>(attributes.at("exception.type")), "std::out_of_range");
  EXPECT_EQ(otel::nostd::get<std::string>(attributes.at("exception.message")), "past the end");
}

TEST_F(TracerTest, RecordsWhatIsThrownAndIsNoException) {
  EXPECT_THROW(tracer_.Trace("work", {}, [] { throw 7; }), int);
  EXPECT_EQ(Text(*OnlyEnded(), "error.type"), "int");
}

TEST_F(TracerTest, EndsASpanOnce) {
  {
    Span span = tracer_.Start("once");
    span.End();
    EXPECT_FALSE(span.recording());
    span.End();
    span.SetAttribute({"late", 1});
    span = Span();
  }
  EXPECT_EQ(Ended().size(), 1);
}

TEST_F(TracerTest, EndsASpanThatIsReplaced) {
  Span span = tracer_.Start("first");
  span = tracer_.Start("second");
  EXPECT_EQ(std::string(OnlyEnded()->GetName()), "first");
}

TEST_F(TracerTest, ASpanEndsOnAnotherThreadAndAfterItsTracer) {
  auto tracer = std::make_unique<Tracer>();
  Span span = tracer->Start("moved");
  tracer.reset();
  std::thread([moved = std::move(span)]() mutable { moved.End(); }).join();
  EXPECT_EQ(std::string(OnlyEnded()->GetName()), "moved");
}

TEST_F(TracerTest, AContextCarriesTheActiveSpanToAnotherThread) {
  ActiveSpan command = tracer_.StartActive("command");
  std::thread([this, context = Context::Current()] {
    EXPECT_FALSE(CurrentSpan().valid());
    {
      const ContextScope scope(context);
      tracer_.Start("statement").End();
    }
    EXPECT_FALSE(CurrentSpan().valid());
  }).join();
  const auto statement = OnlyEnded();
  EXPECT_EQ(statement->GetParentSpanId(), ToOpenTelemetry(command->span_context(), false).span_id());
}

TEST_F(TracerTest, ASpanIsNotActiveUntilItsContextIs) {
  const Span span = tracer_.Start("any");
  EXPECT_FALSE(CurrentSpan().valid());
  {
    const ContextScope scope(span.context());
    EXPECT_EQ(CurrentSpan(), span.span_context());
    const ContextScope none{Context()};
    EXPECT_FALSE(CurrentSpan().valid());
  }
  EXPECT_FALSE(CurrentSpan().valid());
}

TEST(Span, RecordsNothingByDefault) {
  Span span;
  span.SetAttribute({"key", "value"});
  span.AddEvent("event");
  span.RecordException(std::runtime_error("nothing"));
  EXPECT_FALSE(span.recording());
  EXPECT_FALSE(span.span_context().valid());
}

TEST_F(TracerTest, TheRouteIsTheNameOfTheOutermostActiveSpan) {
  EXPECT_EQ(CurrentRoute(), "");
  const auto command = tracer_.StartActive("command interval");
  EXPECT_EQ(CurrentRoute(), "command interval");
  {
    const auto step = tracer_.StartActive("a step");
    EXPECT_EQ(CurrentRoute(), "command interval");
  }
  std::string elsewhere;
  std::thread([context = Context::Current(), &elsewhere] {
    const ContextScope scope(context);
    elsewhere = CurrentRoute();
  }).join();
  EXPECT_EQ(elsewhere, "command interval");

  SpanContext remote = CurrentSpan();
  const auto from_remote = tracer_.StartActive("command skip", {.parent = Context::FromRemote(remote)});
  EXPECT_EQ(CurrentRoute(), "command skip");
}

}  // namespace
}  // namespace guildscope::tracing
