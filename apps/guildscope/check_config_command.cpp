#include "apps/guildscope/check_config_command.hpp"

#include <iostream>
#include <memory>

#include "apps/disruptor/settings/settings.hpp"
#include "guildscope/config/problem.hpp"

namespace guildscope {

SettingsCheck CheckSettings(const std::string& file, const config::Environment& environment) {
  SettingsCheck check;
  try {
    check.warnings = disruptor::LoadProgramSettings(file, environment).warnings;
  } catch (const config::ConfigError& error) {
    for (const config::Problem& problem : error.problems()) check.problems.push_back(ToString(problem));
  }
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
