#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "apps/media_standin/standin.hpp"
#include "guildscope/config/schema.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kBadSettings = 2;

/// Blocks the signals that end the program in this thread and all it will start, to be waited for.
sigset_t BlockEndingSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return signals;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("media-standin: a local server that speaks as YouTube's and Spotify's APIs do, and serves audio");
  std::string config_file;
  app.add_option("--config", config_file, "Settings, as YAML; without it, the defaults");
  CLI11_PARSE(app, argc, argv);

  try {
    const sigset_t signals = BlockEndingSignals();
    const media_standin::Standin standin(media_standin::LoadConfig(config_file));
    std::cout << media_standin::Json{{"event", "listening"}, {"port", standin.port()}}.dump() << std::endl;
    int signal = 0;
    sigwait(&signals, &signal);
    return 0;
  } catch (const guildscope::config::ConfigError& error) {
    std::cerr << error.what() << '\n';
    return kBadSettings;
  } catch (const std::exception& error) {
    std::cerr << "media-standin: " << error.what() << '\n';
    return kFailed;
  }
}
