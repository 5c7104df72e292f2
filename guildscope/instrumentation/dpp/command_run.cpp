#include "guildscope/instrumentation/dpp/command_run.hpp"

#include <optional>

#include "guildscope/instrumentation/dpp/cluster_state.hpp"

namespace guildscope::dpp {
namespace {

tracing::Attributes Describe(const ::dpp::slashcommand_t& event, const std::string& command) {
  const ::dpp::interaction& interaction = event.command;
  tracing::Attributes attributes{{"command", command},
                                 {"shard", event.shard},
                                 {"interaction_id", interaction.id.str()},
                                 {"user_id", interaction.usr.id.str()},
                                 {"channel_id", interaction.channel_id.str()}};
  // Commands in direct messages have no guild.
  if (!interaction.guild_id.empty()) attributes.emplace_back("guild_id", interaction.guild_id.str());
  return attributes;
}

}  // namespace

CommandRun::CommandRun(std::shared_ptr<ClusterState> state, const ::dpp::slashcommand_t& event)
    : state_(std::move(state)), command_(event.command.get_command_name()) {
  state_->WhileOpen([&] {
    started_ = state_->sinks().clock.SteadyNow();
    span_ = state_->sinks().tracer.Start("command " + command_,
                                         {.kind = tracing::SpanKind::kServer, .attributes = Describe(event, command_)});
    context_ = span_.context();
    state_->commands().Started(command_);
  });
}

CommandRun::~CommandRun() {
  if (status_.empty()) {
    status_ = "error";
    span_.SetError("abandoned", "the handler's coroutine was destroyed before its end");
  }
  state_->WhileOpen([&] {
    const metrics::SpanScope of_the_command(span_.span_context());
    state_->commands().Ended(command_, status_, state_->sinks().clock.SteadyNow() - started_);
  });
  span_.End();
}

void CommandRun::Fail(const std::exception_ptr& exception) {
  status_ = "error";
  span_.RecordException(exception);
}

}  // namespace guildscope::dpp
