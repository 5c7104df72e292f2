#include "guildscope/tracing/coroutine_span.hpp"

#include <gtest/gtest.h>
#include <opentelemetry/exporters/memory/in_memory_span_data.h>
#include <opentelemetry/exporters/memory/in_memory_span_exporter_factory.h>
#include <opentelemetry/sdk/trace/simple_processor_factory.h>
#include <opentelemetry/sdk/trace/span_data.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/noop.h>
#include <opentelemetry/trace/provider.h>

#include <exception>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>

#include "guildscope/tracing/opentelemetry_bridge.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace guildscope::tracing {
namespace {

namespace otel = opentelemetry;

/// A coroutine that begins with its call and is over when it is: as D++'s tasks, without a result.
struct Eager {
  struct promise_type {
    Eager get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() { std::terminate(); }
  };
};

/// Goes on in a thread of its own, which it gives to the test.
struct OnAnotherThread {
  std::thread& thread;
  int result;
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> coroutine) {
    std::thread& to = thread;  // this awaitable may be gone once the other thread runs
    to = std::thread([coroutine] { coroutine.resume(); });
  }
  int await_resume() const noexcept { return result; }
};

struct Refuses {
  bool await_ready() const noexcept { return false; }
  bool await_suspend(std::coroutine_handle<>) { throw std::runtime_error("no"); }
  void await_resume() const noexcept {}
};

/// Waited for through a member operator, and never suspends.
struct Ready {
  std::suspend_never operator co_await() const noexcept { return {}; }
};

class CoroutineSpanTest : public ::testing::Test {
 protected:
  CoroutineSpanTest() {
    auto exporter = otel::exporter::memory::InMemorySpanExporterFactory::Create(data_);
    auto processor = otel::sdk::trace::SimpleSpanProcessorFactory::Create(std::move(exporter));
    otel::trace::Provider::SetTracerProvider(otel::nostd::shared_ptr<otel::trace::TracerProvider>(
        otel::sdk::trace::TracerProviderFactory::Create(std::move(processor)).release()));
  }
  ~CoroutineSpanTest() override {
    otel::trace::Provider::SetTracerProvider(
        otel::nostd::shared_ptr<otel::trace::TracerProvider>(new otel::trace::NoopTracerProvider()));
  }

  /// The name of each span that ended, and that of its parent.
  std::map<std::string, std::string> Parents() {
    std::map<std::string, std::string> names;
    const auto spans = data_->GetSpans();
    for (const auto& span : spans) {
      std::string& parent = names[std::string(span->GetName())];
      for (const auto& other : spans) {
        if (other->GetSpanId() == span->GetParentSpanId()) parent = std::string(other->GetName());
      }
    }
    return names;
  }

  std::shared_ptr<otel::exporter::memory::InMemorySpanData> data_;
  Tracer tracer_;
};

TEST_F(CoroutineSpanTest, IsCurrentOnWhicheverThreadTheCoroutineGoesOn) {
  std::thread first;
  std::thread second;
  SpanContext command;
  const auto play = [&]() -> Eager {
    CoroutineSpan span(tracer_.Start("play"));
    EXPECT_EQ(CurrentSpan(), span->span_context());
    EXPECT_EQ(co_await span.Await(OnAnotherThread{first, 7}), 7);
    EXPECT_EQ(CurrentSpan(), span->span_context());
    tracer_.Start("decode").End();
    OnAnotherThread other{second, 8};
    EXPECT_EQ(co_await span.Await(other), 8);
    tracer_.Start("send").End();
  };
  {
    const auto active = tracer_.StartActive("command");
    command = CurrentSpan();
    play();
    EXPECT_EQ(CurrentSpan(), command) << "nothing of the coroutine stays behind";
  }
  EXPECT_FALSE(CurrentSpan().valid());
  first.join();
  second.join();
  EXPECT_EQ(Parents(), (std::map<std::string, std::string>{
                           {"command", ""}, {"play", "command"}, {"decode", "play"}, {"send", "play"}}));
}

TEST_F(CoroutineSpanTest, StaysCurrentWhereTheCoroutineDoesNotWait) {
  const auto work = [&]() -> Eager {
    CoroutineSpan span(tracer_.Start("work"));
    co_await span.Await(Ready());
    EXPECT_EQ(CurrentSpan(), span->span_context());
    EXPECT_THROW(co_await span.Await(Refuses()), std::runtime_error);
    EXPECT_EQ(CurrentSpan(), span->span_context());
  };
  work();
  EXPECT_FALSE(CurrentSpan().valid());
  EXPECT_EQ(Parents(), (std::map<std::string, std::string>{{"work", ""}}));
}

TEST_F(CoroutineSpanTest, EndsWithACoroutineThatIsDestroyedWhileItWaits) {
  std::coroutine_handle<> waiting;
  struct Forever {
    std::coroutine_handle<>& handle;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> coroutine) noexcept { handle = coroutine; }
    void await_resume() const noexcept {}
  };
  const auto work = [&]() -> Eager {
    CoroutineSpan span(tracer_.Start("work"));
    co_await span.Await(Forever{waiting});
  };
  work();
  EXPECT_FALSE(CurrentSpan().valid());
  waiting.destroy();
  EXPECT_EQ(Parents().size(), 1);
}

}  // namespace
}  // namespace guildscope::tracing
