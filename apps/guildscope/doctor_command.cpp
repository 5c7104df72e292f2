#include "apps/guildscope/doctor_command.hpp"

#include <iostream>
#include <memory>
#include <string>

#include "apps/disruptor/settings/settings.hpp"
#include "apps/guildscope/flight_report.hpp"
#include "guildscope/config/problem.hpp"

namespace guildscope {
namespace {

struct Options {
  std::string config;
  std::size_t last = 20;
};

int Examine(const Options& options) {
  disruptor::ProgramSettings settings;
  try {
    settings = disruptor::LoadProgramSettings(options.config, config::ProcessEnvironment());
  } catch (const config::ConfigError& error) {
    for (const config::Problem& problem : error.problems()) std::cerr << ToString(problem) << '\n';
    return 2;
  }
  Redactor redactor;
  for (const std::string& secret : settings.secrets) redactor.AddSecret(secret);
  const std::string& directory = settings.telemetry.flight_recorder.directory;
  if (directory.empty()) {
    std::cout << "flight recorder: off; monitoring.flight_recorder.directory turns it on\n";
    return 0;
  }
  try {
    std::cout << FlightReport(directory, options.last, redactor);
  } catch (const std::exception& error) {
    std::cerr << "flight recorder: " << error.what() << '\n';
    return 1;
  }
  return 0;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, int& exit_status) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("doctor", "Shows what a bot left behind that crashed: its flight recorder.");
  command->add_option("--config", options->config, "Settings of the bot, as YAML; the environment is read too");
  command->add_option("--last", options->last, "Ended spans and log records to show of each process")
      ->capture_default_str();
  command->callback([options, &exit_status] { exit_status = Examine(*options); });
}

}  // namespace guildscope
