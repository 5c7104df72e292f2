#pragma once

#include <coroutine>
#include <optional>
#include <type_traits>
#include <utility>

#include "guildscope/tracing/span.hpp"

namespace guildscope::tracing {

/// A span around the body of a coroutine, which may resume on another thread each time that it waits. An ActiveSpan is
/// no good there: it would stay current on the thread that the coroutine has left.
///
///     dpp::task<void> Play(tracing::Tracer& tracer, dpp::cluster& bot) {
///       tracing::CoroutineSpan span(tracer.Start("play"));
///       const auto found = co_await span.Await(bot.co_messages_get(...));   // not: co_await bot.co_messages_get(...)
///       tracer.Start("decode").End();                                       // a child, on whichever thread it is
///     }
///
/// The span is current while the coroutine runs, and not while it waits. What is started before it waits (a dpp::task,
/// a dpp::async: their work begins with the call) is inside of it; a coroutine that only starts when it is waited for
/// is given `.parent = span.context()`. Awaitables are whatever the coroutine itself could wait for, but for those that
/// only its promise knows (await_transform).
///
/// Every co_await in the life of a CoroutineSpan must go through Await. Threads: those that the coroutine runs on.
/// Lifetime: a local variable of the coroutine. Cost: of a ContextScope for each time that it goes on.
class [[nodiscard]] CoroutineSpan {
 public:
  explicit CoroutineSpan(Span span)
      : span_(std::move(span)), context_(span_.context()), scope_(std::in_place, context_) {}
  CoroutineSpan(const CoroutineSpan&) = delete;
  CoroutineSpan& operator=(const CoroutineSpan&) = delete;

  [[nodiscard]] Span& span() noexcept { return span_; }
  Span* operator->() noexcept { return &span_; }
  [[nodiscard]] const Context& context() const noexcept { return context_; }

  template <typename Awaitable>
  [[nodiscard]] auto Await(Awaitable&& awaitable) {
    using Inner = decltype(AwaiterOf(std::forward<Awaitable>(awaitable)));
    return Awaiter<Awaitable, Inner>(*this, std::forward<Awaitable>(awaitable));
  }

 private:
  template <typename Awaitable>
  static decltype(auto) AwaiterOf(Awaitable&& awaitable) {
    if constexpr (requires { std::forward<Awaitable>(awaitable).operator co_await(); }) {
      return std::forward<Awaitable>(awaitable).operator co_await();
    } else if constexpr (requires { operator co_await(std::forward<Awaitable>(awaitable)); }) {
      return operator co_await(std::forward<Awaitable>(awaitable));
    } else {
      return std::forward<Awaitable>(awaitable);
    }
  }

  /// Holds the awaitable when it is a temporary, and what waits for it.
  template <typename Awaitable, typename Inner>
  class Awaiter {
   public:
    Awaiter(CoroutineSpan& span, Awaitable&& awaitable)
        : span_(span),
          awaitable_(std::forward<Awaitable>(awaitable)),
          inner_(AwaiterOf(std::forward<Awaitable>(awaitable_))) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;

    bool await_ready() { return inner_.await_ready(); }

    // From the inner call on the coroutine may go on elsewhere, or be gone: the scope has to end before.
    template <typename Promise>
    auto await_suspend(std::coroutine_handle<Promise> coroutine) {
      span_.scope_.reset();
      try {
        return inner_.await_suspend(coroutine);
      } catch (...) {
        span_.scope_.emplace(span_.context_);
        throw;
      }
    }

    decltype(auto) await_resume() {
      if (!span_.scope_) span_.scope_.emplace(span_.context_);
      return inner_.await_resume();
    }

   private:
    CoroutineSpan& span_;
    Awaitable awaitable_;  // a reference where the caller has it
    Inner inner_;
  };

  Span span_;
  Context context_;
  std::optional<ContextScope> scope_;  // none while the coroutine waits
};

}  // namespace guildscope::tracing
