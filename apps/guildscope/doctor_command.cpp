#include "apps/guildscope/doctor_command.hpp"

#include <iostream>
#include <memory>
#include <string>

#include "apps/disruptor/settings/settings.hpp"
#include "apps/guildscope/spool_report.hpp"
#include "guildscope/config/problem.hpp"

namespace guildscope {
namespace {

int ExamineSpool(const config::SpoolSettings& settings) {
  if (settings.directory.empty()) {
    std::cout << "spool: off; monitoring.otlp.spool.directory turns it on\n";
    return 0;
  }
  const SpoolReport report = ReportSpool(settings.directory, settings.max_bytes, std::chrono::system_clock::now());
  std::cout << report.text;
  return report.sound ? 0 : 1;
}

int Examine(const std::string& file) {
  try {
    return ExamineSpool(disruptor::LoadProgramSettings(file, config::ProcessEnvironment()).telemetry.spool);
  } catch (const config::ConfigError& error) {
    for (const config::Problem& problem : error.problems()) std::cerr << ToString(problem) << '\n';
    return 2;
  }
}

}  // namespace

void AddDoctorCommand(CLI::App& app, int& exit_status) {
  const auto file = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("doctor", "Looks at what a bot has left on this machine: its spool.");
  command->add_option("--config", *file, "Settings of the bot, as YAML; the environment is read too");
  command->callback([file, &exit_status] { exit_status = Examine(*file); });
}

}  // namespace guildscope
