#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <ctime>
#include <exception>
#include <iostream>
#include <string>

#include "apps/playground/playground.hpp"
#include "guildscope/config/values.hpp"

namespace {

/// Waits for Ctrl-C, SIGTERM, the end of the duration, or the death of a process. True when all is well.
bool Watch(guildscope::playground::Playground& playground, const sigset_t& signals,
           std::chrono::milliseconds duration) {
  const auto deadline = std::chrono::steady_clock::now() + duration;
  const bool endless = duration.count() == 0;
  while (endless || std::chrono::steady_clock::now() < deadline) {
    if (!playground.Alive(std::cerr)) return false;
    const timespec step{0, 200'000'000};
    if (sigtimedwait(&signals, nullptr, &step) > 0) return true;
  }
  return true;
}

std::chrono::milliseconds ReadDuration(const std::string& text) {
  const auto duration = guildscope::config::ParseDuration(text);
  if (duration && duration->count() > 0) return *duration;
  throw CLI::ValidationError("--duration", "found '" + text + "'; accepted: a time such as 30s, 5m or 2h");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs the bot against the stand-in, with a receiver for its telemetry, and compares what both say."};
  guildscope::playground::PlaygroundOptions options;
  std::string programs = "build/bin";
  std::chrono::milliseconds duration{0};
  app.add_option("--programs", programs, "Folder of the programs")->check(CLI::ExistingDirectory);
  app.add_option_function<std::string>(
      "--duration", [&duration](const std::string& text) { duration = ReadDuration(text); },
      "Ends by itself after this time (30s, 5m); otherwise Ctrl-C ends it");
  app.add_option("--http-port", options.http_port, "The bot's port; 0: the kernel chooses")->capture_default_str();
  app.add_option("--control-port", options.control_port, "The stand-in's control port; 0: the kernel chooses")
      ->capture_default_str();
  app.add_option("--guilds", options.guilds, "Made-up guilds")->check(CLI::Range(1, 10'000))->capture_default_str();
  app.add_option("--seed", options.seed, "Of everything made up")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  options.programs = programs;

  // Blocked before any thread starts, so that Watch alone receives them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  try {
    guildscope::playground::Playground playground(options);
    playground.Start();
    playground.PrintPlaces(std::cout);
    const bool well = Watch(playground, signals, duration);
    return playground.Finish(std::cout) && well ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
}
