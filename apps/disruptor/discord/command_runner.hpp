#pragma once

#include <dpp/cluster.h>

#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "apps/disruptor/commands/command_replies.hpp"
#include "apps/disruptor/discord/rest_retry.hpp"
#include "apps/disruptor/scheduler/worker_pool.hpp"

namespace disruptor {

/// Answers slash commands with what functions say.
///
/// What is known at once is answered at once; what may take a moment is deferred, worked out on a worker, and answered
/// by a coroutine. Every interaction gets exactly one callback, also when a handler fails: then the user is told, and
/// the exception goes on to whoever counts. Nobody is ever pinged.
///
/// Threads: handlers run on D++'s (at once) or the executor's (later). Lifetime: until D++ calls no handlers any more;
/// add all handlers before it calls one.
class CommandRunner {
 public:
  using Handler = std::function<std::string(const Caller&, const dpp::slashcommand_t&)>;

  CommandRunner(dpp::cluster& bot, Executor& executor, const guildscope::retry::Retries& retries,
                const guildscope::Clock& clock, guildscope::logging::Logger logger);
  CommandRunner(const CommandRunner&) = delete;
  CommandRunner& operator=(const CommandRunner&) = delete;

  /// For what neither blocks nor takes long.
  void AddAtOnce(const std::string& command, Handler handler) { at_once_[command] = std::move(handler); }
  void AddLater(const std::string& command, Handler handler) { later_[command] = std::move(handler); }

  /// Interactions that are being handled or answered.
  [[nodiscard]] int active() const noexcept { return active_; }

 private:
  void HandleAtOnce(const dpp::slashcommand_t& event);
  dpp::task<void> HandleLater(const dpp::slashcommand_t& event);
  dpp::async<bool> Acknowledge(const dpp::slashcommand_t& event);
  dpp::async<std::string> OnWorker(const Handler& handler, const dpp::slashcommand_t& event,
                                   std::exception_ptr& failure);
  dpp::async<bool> Answer(const dpp::slashcommand_t& event, const std::string& text);

  Executor& executor_;
  const guildscope::logging::Logger logger_;
  RestRetry retry_;
  std::map<std::string, Handler, std::less<>> at_once_;
  std::map<std::string, Handler, std::less<>> later_;
  std::atomic<int> active_{0};
};

/// Nothing when the option is missing or of another type than the command says, which only a broken client sends.
template <typename T>
[[nodiscard]] std::optional<T> ReadOption(const dpp::slashcommand_t& event, const std::string& name) {
  const dpp::command_value value = event.get_parameter(name);
  const T* found = std::get_if<T>(&value);
  return found == nullptr ? std::nullopt : std::optional<T>(*found);
}

}  // namespace disruptor
