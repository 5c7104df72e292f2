#include <dpp/cluster.h>
#include <dpp/coro/task.h>
#include <dpp/event_router.h>

#include <array>
#include <coroutine>
#include <functional>
#include <utility>
#include <vector>

#include "guildscope/base/next_symbol.hpp"
#include "guildscope/instrumentation/dpp/cluster_state.hpp"
#include "guildscope/instrumentation/dpp/command_run.hpp"
#include "guildscope/instrumentation/dpp/hooks.hpp"

namespace guildscope::dpp {
namespace {

constexpr const char* kCall = "_ZNK3dpp14event_router_tINS_14slashcommand_tEE4callERKS1_";

using Tasks = std::vector<::dpp::task<void>>;
/// Calls every handler of the event; a coroutine's handler leaves its task.
using Dispatch = std::function<void(const ::dpp::slashcommand_t&, Tasks&)>;

/// Frames that an exception left by way of whoever resumed them, as D++'s `job` does it. They can be destroyed only
/// when the exception is gone from them: D++ never does; here the thread's next command, or the thread's end, does.
class FailedFrames {
 public:
  ~FailedFrames() { Destroy(); }
  void Destroy() noexcept {
    for (const auto frame : std::exchange(frames_, {})) frame.destroy();
  }
  void Add(std::coroutine_handle<> frame) { frames_.push_back(frame); }

 private:
  std::vector<std::coroutine_handle<>> frames_;
};
thread_local FailedFrames failed_frames;  // NOLINT(cppcoreguidelines-avoid-non-const-global-variables)

/// Counts a command among those that wait, from Begin to End.
class Waiting {
 public:
  explicit Waiting(std::shared_ptr<ClusterState> state) noexcept : state_(std::move(state)) {}
  ~Waiting() { End(); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  void Begin() noexcept {
    if (state_ && !std::exchange(counted_, true)) ++state_->waiting_commands();
  }
  void End() noexcept {
    if (std::exchange(counted_, false)) --state_->waiting_commands();
  }

 private:
  const std::shared_ptr<ClusterState> state_;
  bool counted_ = false;
};

// NOLINTBEGIN(readability-identifier-naming): names that the language asks for
struct Job {
  struct promise_type {
    Job get_return_object() const noexcept { return {}; }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_never final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() {
      failed_frames.Add(std::coroutine_handle<promise_type>::from_promise(*this));
      throw;
    }
  };
};

/// Waits for a task, and notes whether that suspended the coroutine: from then on its caller may be gone.
struct TaskAwaiter {
  decltype(operator co_await(std::declval<::dpp::task<void>&>())) task;
  bool& suspended;
  Waiting& waiting;

  bool await_ready() { return task.await_ready(); }
  bool await_suspend(std::coroutine_handle<> handle) {
    const bool before = std::exchange(suspended, true);
    waiting.Begin();
    if (task.await_suspend(handle)) return true;  // another thread may be running the coroutine by now
    suspended = before;
    return false;
  }
  void await_resume() {
    waiting.End();
    task.await_resume();
  }
};
// NOLINTEND(readability-identifier-naming)

/// What D++ does with a slash command, in a span. The event lives in this coroutine's frame until every task has ended.
/// An exception goes into `error` while the caller waits, else to whoever resumed the coroutine.
/// `state` is null where D++'s own code is not to be had (it is linked statically) and nothing is to be recorded.
Job Handle(std::shared_ptr<ClusterState> state, ::dpp::slashcommand_t event, Dispatch dispatch,
           std::exception_ptr& error) {
  Waiting waiting(state);
  std::optional<CommandRun> run;
  if (state) run.emplace(std::move(state), event);
  bool suspended = false;
  try {
    Tasks tasks;
    {
      // Up to its first suspension a handler runs here; later each resumption brings the context along (context_hook).
      std::optional<tracing::ContextScope> scope;
      if (run) scope.emplace(run->context());
      dispatch(event, tasks);
    }
    for (auto& task : tasks) co_await TaskAwaiter{operator co_await(task), suspended, waiting};
    if (run) run->Succeed();
  } catch (...) {
    if (run) run->Fail(std::current_exception());
    if (suspended) throw;
    error = std::current_exception();
  }
}

}  // namespace

std::span<const Hook> CommandHooks() noexcept {
  static constexpr std::array<Hook, 1> kHooks{
      {{kCall, "slash commands: their spans, and the metrics discord.commands*"}}};
  return kHooks;
}

}  // namespace guildscope::dpp

namespace dpp {

// A specialisation may use the router's private members. It is not weak, unlike the other hooks: D++'s is a template of
// a header, and must lose against this one in the user's own object files too.
template <>
void event_router_t<slashcommand_t>::call(const slashcommand_t& event) const {
  using Call = void (*)(const event_router_t*, const slashcommand_t&);
  static const auto next = guildscope::NextSymbol<Call>(guildscope::dpp::kCall);
  guildscope::dpp::failed_frames.Destroy();
  auto state = guildscope::dpp::Clusters::Instance().Find(event.owner);
  if (!state && next != nullptr) return next(this, event);

  const auto dispatch = [this](const slashcommand_t& copy, guildscope::dpp::Tasks& tasks) {
    if (warning) warning(copy);
    resume_awaiters(copy);
    const std::shared_lock lock(mutex);
    for (const auto& [id, handler] : dispatch_container) {
      if (copy.is_cancelled()) continue;
      if (const auto* coroutine = std::get_if<task_handler_t>(&handler)) {
        tasks.push_back((*coroutine)(copy));
      } else {
        std::get<regular_handler_t>(handler)(copy);
      }
    }
  };
  std::exception_ptr error;
  guildscope::dpp::Handle(std::move(state), event, dispatch, error);
  if (error) std::rethrow_exception(error);
}

template <>
void event_router_t<slashcommand_t>::call(slashcommand_t&& event) const {
  call(std::as_const(event));
}

}  // namespace dpp
