#include <CLI/CLI.hpp>
#include <iostream>

#include "apps/ending_signals.hpp"
#include "apps/media_standin/standin.hpp"
#include "guildscope/config/schema.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kBadSettings = 2;

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("media-standin: a local server that speaks as YouTube's and Spotify's APIs do, and serves audio");
  std::string config_file;
  app.add_option("--config", config_file, "Settings, as YAML; without it, the defaults");
  CLI11_PARSE(app, argc, argv);

  try {
    const EndingSignals ending;
    const media_standin::Standin standin(media_standin::LoadConfig(config_file));
    std::cout << media_standin::Json{{"event", "listening"}, {"port", standin.port()}}.dump() << std::endl;
    ending.Wait();
    return 0;
  } catch (const guildscope::config::ConfigError& error) {
    std::cerr << error.what() << '\n';
    return kBadSettings;
  } catch (const std::exception& error) {
    std::cerr << "media-standin: " << error.what() << '\n';
    return kFailed;
  }
}
