#include "guildscope/instrumentation/dpp/command_metrics.hpp"

#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::dpp {

CommandMetrics::CommandMetrics(metrics::Registry& registry)
    : commands_(registry.Get(metrics::catalogue::kDiscordCommands)),
      duration_(registry.Get(metrics::catalogue::kDiscordCommandDuration)),
      active_(registry.Get(metrics::catalogue::kDiscordCommandsActive)) {}

void CommandMetrics::Started(std::string_view command) const { active_.Bind({command}).Add(1); }

void CommandMetrics::Ended(std::string_view command, std::string_view status,
                           std::chrono::duration<double> duration) const {
  active_.Bind({command}).Add(-1);
  commands_.Add(1, {command, status});
  duration_.Record(duration.count(), {command, status});
}

}  // namespace guildscope::dpp
