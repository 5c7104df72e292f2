#include "apps/guildscope/check_config_command.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

#include "apps/disruptor/settings/settings.hpp"
#include "guildscope/config/schema.hpp"
#include "guildscope/config/telemetry_schema.hpp"

namespace guildscope {

SettingsCheck CheckSettings(const std::string& file, const config::Environment& environment) {
  config::TelemetryOptions telemetry;
  disruptor::BotSettings bot;
  config::Schema schema;
  disruptor::AddBotFields(schema, bot);
  config::AddTelemetryFields(schema, telemetry);

  SettingsCheck check;
  std::vector<config::Problem> problems;
  try {
    config::LoadWithOpenTelemetry(schema, telemetry, file, environment, check.warnings);
  } catch (const config::ConfigError& error) {
    problems = error.problems();
  }
  for (const config::Problem& problem : disruptor::CheckBotSettings(bot, file)) {
    // A key that could not be read would be missed a second time.
    const auto same_key = [&problem](const config::Problem& other) { return other.key == problem.key; };
    if (std::none_of(problems.begin(), problems.end(), same_key)) problems.push_back(problem);
  }
  for (const config::Problem& problem : problems) check.problems.push_back(ToString(problem));
  return check;
}

void AddCheckConfigCommand(CLI::App& app, int& exit_status) {
  const auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("check-config", "Says everything that is wrong with the settings of a bot.");
  command->add_option("FILE", *file, "Settings, as YAML; the environment is read too, as the bot does")->required();
  command->callback([file, &exit_status] {
    const SettingsCheck check = CheckSettings(*file, config::ProcessEnvironment());
    for (const std::string& warning : check.warnings) std::cerr << "warning: " << warning << '\n';
    for (const std::string& problem : check.problems) std::cerr << problem << '\n';
    if (check.problems.empty()) std::cout << "ok\n";
    exit_status = check.problems.empty() ? 0 : 2;
  });
}

}  // namespace guildscope
