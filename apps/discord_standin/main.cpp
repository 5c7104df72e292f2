#include <iostream>

#include <CLI/CLI.hpp>

#include "apps/discord_standin/snowflake.hpp"
#include "apps/discord_standin/standin.hpp"
#include "apps/ending_signals.hpp"
#include "guildscope/config/schema.hpp"

namespace {

constexpr int kFailed = 1;
constexpr int kBadSettings = 2;

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("discord-standin: a local server that speaks Discord's protocols");
  std::string config_file;
  app.add_option("--config", config_file, "Settings, as YAML; without it, the defaults");
  CLI11_PARSE(app, argc, argv);

  try {
    const EndingSignals ending;
    const standin::Config config = standin::LoadConfig(config_file);
    const standin::Standin standin(config);
    std::cout << standin::Json{{"event", "listening"},
                               {"discord_port", standin.discord_port()},
                               {"control_port", standin.control_port()},
                               {"ca_file", standin.ca_file()}}
                     .dump()
              << std::endl;
    ending.Wait();
    return 0;
  } catch (const guildscope::config::ConfigError& error) {
    std::cerr << error.what() << '\n';
    return kBadSettings;
  } catch (const std::exception& error) {
    std::cerr << "discord-standin: " << error.what() << '\n';
    return kFailed;
  }
}
