#include <dpp/appcommand.h>

#include "apps/disruptor/discord/commands.hpp"

namespace disruptor {
namespace {

constexpr std::int64_t kLongestQuery = 2'000;

}  // namespace

std::vector<dpp::slashcommand> DescribeCommands(dpp::snowflake application) {
  using dpp::command_option;
  const auto command = [application](const char* name, const char* description) {
    dpp::slashcommand result(name, description, application);
    result.set_dm_permission(false);
    return result;
  };
  const auto setting = [&command](const char* name, const char* description) {
    return command(name, description).set_default_permissions(dpp::p_manage_guild);
  };
  std::vector<dpp::slashcommand> commands;
  commands.push_back(setting("interval", "How often I consider dropping in")
                         .add_option(command_option(dpp::co_string, "duration", "Like 90s, 15m, 2h30m or 1d", true)));
  commands.push_back(setting("chance", "How likely I drop in each time")
                         .add_option(command_option(dpp::co_integer, "percent", "0 (never) to 100 (always)", true)
                                         .set_min_value(0)
                                         .set_max_value(100)));
  commands.push_back(setting("weight", "How much I like a voice channel")
                         .add_option(command_option(dpp::co_channel, "channel", "The voice channel", true)
                                         .add_channel_type(dpp::CHANNEL_VOICE))
                         .add_option(command_option(dpp::co_integer, "weight", "0 (never) to 100; others have 1", true)
                                         .set_min_value(0)
                                         .set_max_value(kMaximumWeight)));
  commands.push_back(command("next", "When the next disruption is due"));
  commands.push_back(command("disrupt", "Drop into your voice channel now"));
  commands.push_back(command("play", "Play something in your voice channel")
                         .add_option(command_option(dpp::co_string, "query",
                                                    "Words to search for, a link, a sound, or a playlist", true)
                                         .set_max_length(kLongestQuery)));
  commands.push_back(command("skip", "Play the next track"));
  commands.push_back(command("pause", "Pause what is playing"));
  commands.push_back(command("resume", "Go on with what is paused"));
  commands.push_back(command("stop", "Stop playing, and empty the queue"));
  commands.push_back(command("shuffle", "Mix what waits"));
  commands.push_back(
      command("queue", "What plays, and what waits")
          .add_option(command_option(dpp::co_integer, "page", "From 1; ten tracks a page", false).set_min_value(1)));
  commands.push_back(command("now", "What is playing"));
  commands.push_back(command("history", "What was played"));
  commands.push_back(command("disconnect", "Leave the voice channel, and empty the queue"));
  commands.push_back(command("status", "How I am doing"));
  return commands;
}

}  // namespace disruptor
