#include <CLI/CLI.hpp>
#include <iostream>
#include <string>

#include "apps/guildscope/catalogue_command.hpp"
#include "apps/guildscope/check_config_command.hpp"
#include "apps/guildscope/config_reference_command.hpp"
#include "apps/guildscope/doctor_command.hpp"

namespace {

constexpr int kWrongUsage = 2;

std::string CommandNames(const CLI::App& app) {
  std::string names;
  for (const CLI::App* command : app.get_subcommands(nullptr)) {
    names += (names.empty() ? "" : ", ") + command->get_name();
  }
  return names;
}

bool IsCommand(const CLI::App& app, const std::string& name) {
  return !app.get_subcommands([&name](const CLI::App* command) { return command->check_name(name); }).empty();
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("The operator's tool of guildscope.", "guildscope");
  app.require_subcommand(1);
  int exit_status = 0;
  guildscope::AddCatalogueCommand(app, exit_status);
  guildscope::AddCheckConfigCommand(app, exit_status);
  guildscope::AddConfigReferenceCommand(app);
  guildscope::AddDoctorCommand(app, exit_status);

  // CLI11 alone would only say that a command is missing.
  const std::string first = argc > 1 ? argv[1] : "-h";
  if (first != "--help" && first != "-h" && !IsCommand(app, first)) {
    std::cerr << "guildscope: unknown command or option '" << first << "'; accepted: " << CommandNames(app) << '\n';
    return kWrongUsage;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    std::cerr << "guildscope: " << error.what() << "; commands: " << CommandNames(app)
              << "; each explains itself with --help\n";
    return kWrongUsage;
  }
  return exit_status;
}
