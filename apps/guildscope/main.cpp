#include <CLI/CLI.hpp>

#include "apps/guildscope/catalogue_command.hpp"

int main(int argc, char** argv) {
  CLI::App app("The operator's tool of guildscope.", "guildscope");
  app.require_subcommand(1);
  int exit_status = 0;
  guildscope::AddCatalogueCommand(app, exit_status);

  constexpr int kWrongUsage = 2;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kWrongUsage;
  }
  return exit_status;
}
