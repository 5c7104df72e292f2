#include "apps/guildscope/doctor_command.hpp"

#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>

#include "apps/disruptor/settings/settings.hpp"
#include "apps/guildscope/flight_report.hpp"
#include "apps/guildscope/spool_report.hpp"
#include "guildscope/config/problem.hpp"

namespace guildscope {
namespace {

struct Options {
  std::string config;
  std::size_t last = 20;
};

int ExamineSpool(const config::SpoolSettings& settings) {
  if (settings.directory.empty()) {
    std::cout << "spool: off; monitoring.otlp.spool.directory turns it on\n";
    return 0;
  }
  const SpoolReport report = ReportSpool(settings.directory, settings.max_bytes, std::chrono::system_clock::now());
  std::cout << report.text;
  return report.sound ? 0 : 1;
}

int ExamineFlightRecorder(const disruptor::ProgramSettings& settings, std::size_t last) {
  const std::string& directory = settings.telemetry.flight_recorder.directory;
  if (directory.empty()) {
    std::cout << "flight recorder: off; monitoring.flight_recorder.directory turns it on\n";
    return 0;
  }
  Redactor redactor;
  for (const std::string& secret : settings.secrets) redactor.AddSecret(secret);
  try {
    std::cout << FlightReport(directory, last, redactor);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "flight recorder: " << error.what() << '\n';
    return 1;
  }
}

int Examine(const Options& options) {
  try {
    const auto settings = disruptor::LoadProgramSettings(options.config, config::ProcessEnvironment(), false);
    const int spool = ExamineSpool(settings.telemetry.spool);
    return std::max(spool, ExamineFlightRecorder(settings, options.last));
  } catch (const config::ConfigError& error) {
    for (const config::Problem& problem : error.problems()) std::cerr << ToString(problem) << '\n';
    return 2;
  }
}

}  // namespace

void AddDoctorCommand(CLI::App& app, int& exit_status) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "doctor", "Looks at what a bot has left on this machine: its spool, and its flight recorder if it crashed.");
  command->add_option("--config", options->config, "Settings of the bot, as YAML; the environment is read too");
  command->add_option("--last", options->last, "Ended spans and log records to show of each process that crashed")
      ->capture_default_str();
  command->callback([options, &exit_status] { exit_status = Examine(*options); });
}

}  // namespace guildscope
