#pragma once

#include <dpp/dispatcher.h>

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "guildscope/tracing/tracer.hpp"

namespace guildscope::dpp {

class ClusterState;

/// One slash command from its dispatch until all of its handlers have ended: a SERVER span, a running command, and at
/// the end a count and a duration.
///
/// Threads: one at a time; a coroutine may carry it to another.
class CommandRun {
 public:
  CommandRun(std::shared_ptr<ClusterState> state, const ::dpp::slashcommand_t& event);
  ~CommandRun();
  CommandRun(const CommandRun&) = delete;
  CommandRun& operator=(const CommandRun&) = delete;

  /// In which the command's span is the active one.
  [[nodiscard]] const tracing::Context& context() const noexcept { return context_; }

  void Succeed() noexcept { status_ = "success"; }
  /// With the exception that left a handler.
  void Fail(const std::exception_ptr& exception);

 private:
  const std::shared_ptr<ClusterState> state_;
  const std::string command_;
  std::string_view status_;  ///< Empty until the handlers have ended.
  std::chrono::steady_clock::time_point started_;
  tracing::Span span_;
  tracing::Context context_;
};

}  // namespace guildscope::dpp
