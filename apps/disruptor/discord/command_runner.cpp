#include "apps/disruptor/discord/command_runner.hpp"

#include <memory>

#include "apps/disruptor/discord/one_result.hpp"
#include "guildscope/tracing/context.hpp"

namespace disruptor {
namespace {

Caller ReadCaller(const dpp::slashcommand_t& event) {
  const dpp::snowflake user = event.command.get_issuing_user().id;
  Caller caller{.guild = event.command.guild_id, .user = user};
  const auto permissions = event.command.resolved.member_permissions.find(user);
  caller.may_manage =
      permissions != event.command.resolved.member_permissions.end() && permissions->second.can(dpp::p_manage_guild);
  return caller;
}

dpp::message MakeAnswer(const std::string& text) {
  return dpp::message(text).set_flags(dpp::m_ephemeral).set_allowed_mentions(false, false, false, false);
}

}  // namespace

CommandRunner::CommandRunner(dpp::cluster& bot, Executor& executor, const guildscope::retry::Retries& retries,
                             const guildscope::Clock& clock, guildscope::logging::Logger logger)
    : executor_(executor), logger_(std::move(logger)), retry_(executor, retries, clock, logger_) {
  bot.on_slashcommand([this](const dpp::slashcommand_t& event) { HandleAtOnce(event); });
  bot.on_slashcommand([this](const dpp::slashcommand_t& event) { return HandleLater(event); });
}

void CommandRunner::HandleAtOnce(const dpp::slashcommand_t& event) {
  const std::string name = event.command.get_command_name();
  if (later_.contains(name)) return;
  auto counted = std::make_shared<Counted>(active_);
  const auto answer = [&](const std::string& text) {
    retry_.Send(
        "answer to /" + name,
        [event, text](dpp::command_completion_event_t end) { event.reply(MakeAnswer(text), std::move(end)); },
        [counted](bool) {});
  };
  const auto handler = at_once_.find(name);
  if (handler == at_once_.end()) {
    // Not its name, which could be anything: it would become a label.
    return retry_.Send(
        "answer to an unknown command",
        [event](dpp::command_completion_event_t end) { event.reply(MakeAnswer(kUnknownCommand), std::move(end)); },
        [counted](bool) {});
  }
  std::string text;
  try {
    text = handler->second(ReadCaller(event), event);
  } catch (const std::exception& error) {
    logger_.Error("/{} failed: {}", name, error.what());
    answer(kInternalError);
    throw;
  }
  answer(text);
}

dpp::task<void> CommandRunner::HandleLater(const dpp::slashcommand_t& event) {
  const auto handler = later_.find(event.command.get_command_name());
  if (handler == later_.end()) co_return;
  const Counted counted(active_);
  const bool acknowledged = co_await Acknowledge(event);
  if (!acknowledged) co_return;  // Discord shows the user a failure, and takes nothing more for this interaction.
  std::exception_ptr failure;
  const std::string text = co_await OnWorker(handler->second, event, failure);
  co_await Answer(event, text);
  if (failure) std::rethrow_exception(failure);
}

dpp::async<bool> CommandRunner::Acknowledge(const dpp::slashcommand_t& event) {
  return dpp::async<bool>([&](RestRetry::Done done) {
    retry_.Send(
        "answer to /" + event.command.get_command_name(),
        // Not thinking(), which puts a text of its own into what is no message yet.
        [event](dpp::command_completion_event_t end) {
          event.reply(dpp::ir_deferred_channel_message_with_source, MakeAnswer(""), std::move(end));
        },
        std::move(done));
  });
}

dpp::async<bool> CommandRunner::Answer(const dpp::slashcommand_t& event, const std::string& text) {
  return dpp::async<bool>([&](RestRetry::Done done) {
    retry_.Send(
        "result of /" + event.command.get_command_name(),
        [event, text](dpp::command_completion_event_t end) {
          event.edit_original_response(MakeAnswer(text), std::move(end));
        },
        std::move(done));
  });
}

dpp::async<std::string> CommandRunner::OnWorker(const Handler& handler, const dpp::slashcommand_t& event,
                                                std::exception_ptr& failure) {
  return dpp::async<std::string>([&](std::function<void(std::string)> done) {
    auto result = std::make_shared<OneResult>(std::move(done));
    // Before everything that waits: somebody is looking at the screen. `event` and `failure` live in the coroutine,
    // which waits for the result.
    executor_.RunAt(Executor::TimePoint::min(), [this, &handler, &event, &failure, result = std::move(result)] {
      std::string text;
      const guildscope::tracing::ContextScope scope(result->context());
      try {
        text = handler(ReadCaller(event), event);
      } catch (const std::exception& error) {
        logger_.Error("/{} failed: {}", event.command.get_command_name(), error.what());
        failure = std::current_exception();
        text = kInternalError;
      }
      result->Give(std::move(text));
    });
  });
}

}  // namespace disruptor
