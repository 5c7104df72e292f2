#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "apps/disruptor/discord/application.hpp"
#include "apps/disruptor/exit_status.hpp"
#include "apps/disruptor/main_events.hpp"
#include "apps/disruptor/settings/settings.hpp"
#include "guildscope/base/redactor.hpp"
#include "guildscope/config/schema.hpp"
#include "guildscope/testing/redirect/discord_redirect.hpp"

namespace disruptor {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kStopLimit{9'300};
constexpr std::chrono::milliseconds kLastLines{200};

int Say(ExitStatus status, std::string_view message) {
  std::cerr << "disruptor: " << message << std::endl;
  return static_cast<int>(status);
}

void Print(const nlohmann::json& line) { std::cout << line.dump() << std::endl; }

/// For the handler below, which is given nothing. Set once, before other threads start.
std::shared_ptr<guildscope::Redactor>& CrashRedactor() {
  static std::shared_ptr<guildscope::Redactor> redactor;
  return redactor;
}

/// What has the last lines. For the same handler.
std::atomic<guildscope::logging::Logging*>& CrashLogging() {
  static std::atomic<guildscope::logging::Logging*> logging{nullptr};
  return logging;
}

/// An exception that nobody caught: one line without secrets, and the status of a failure in place of an abort.
[[noreturn]] void EndAfterUncaughtException() {
  std::string what = "unknown";
  try {
    if (const auto exception = std::current_exception()) std::rethrow_exception(exception);
  } catch (const std::exception& error) {
    what = CrashRedactor() ? CrashRedactor()->Redact(error.what()) : "uncaught exception";
  } catch (...) {  // NOLINT(bugprone-empty-catch): it has no text
  }
  if (auto* const logging = CrashLogging().load()) logging->Flush(kLastLines);
  std::_Exit(Say(ExitStatus::kFailed, "internal error: " + what));
}

/// While it lives, the handler writes out what waits.
struct LastLines {
  explicit LastLines(guildscope::logging::Logging& logging) { CrashLogging().store(&logging); }
  ~LastLines() { CrashLogging().store(nullptr); }
  LastLines(const LastLines&) = delete;
  LastLines& operator=(const LastLines&) = delete;
};

/// SIGHUP: the levels of the loggers, from the file as it is now. A file that is wrong changes nothing.
void ReloadLevels(const std::string& file, guildscope::Telemetry& telemetry) {
  const auto logger = telemetry.logger("disruptor");
  try {
    const auto settings = LoadProgramSettings(file, guildscope::config::ProcessEnvironment()).telemetry.logging;
    std::map<std::string, guildscope::logging::Level, std::less<>> loggers;
    for (const auto& [name, level] : settings.loggers) loggers[name] = guildscope::logging::ParseLevel(level);
    telemetry.logging().SetLevels(guildscope::logging::ParseLevel(settings.level), std::move(loggers),
                                  guildscope::logging::ParseLevel(settings.third_party_level));
    logger.Info("the log levels were read again");
  } catch (const std::exception& error) {
    logger.Error("the log levels stay as they are: {}", error.what());
  }
}

/// Runs the bot until a signal or a failure ends it.
int RunUntilTheEnd(const std::string& file, const ProgramSettings& settings, guildscope::Telemetry& telemetry,
                   MainEvents& events) {
  auto application = std::make_unique<Application>(
      settings.bot, telemetry,
      Application::Hooks{.on_ready = [](std::size_t shards) { Print({{"event", "ready"}, {"shards", shards}}); },
                         .on_failure = [&events](const Failure& failure) { events.Report(failure); }});
  Print({{"event", "listening"}, {"http_port", telemetry.port()}});
  application->Start();

  MainEvents::Event event = events.Wait();
  for (; event.signal == SIGHUP; event = events.Wait()) ReloadLevels(file, telemetry);
  MainEvents::EndAtNextSignal();
  int status = static_cast<int>(ExitStatus::kOk);
  if (event.signal == 0) {
    status = Say(event.failure.status, telemetry.redactor().Redact(event.failure.message));
  } else {
    telemetry.logger("disruptor").Info("ending, because of a signal");
  }
  // Everything that matters has ended; what is left is memory, which the kernel takes back.
  if (!application->Stop(steady_clock::now() + kStopLimit)) {
    telemetry.logging().Flush(kLastLines);
    std::_Exit(status);
  }
  return status;
}

/// Discord's names lead to the stand-in while the result lives, where one is configured. Call it before other threads
/// start: it changes the environment. Throws ConfigError.
std::unique_ptr<guildscope::testing::DiscordRedirect> RedirectToStandin(const DiscordSettings& settings,
                                                                        const std::string& file) {
  if (settings.standin.empty()) return nullptr;
  try {
    return std::make_unique<guildscope::testing::DiscordRedirect>(settings.standin, settings.standin_ca_file);
  } catch (const std::exception& error) {
    throw guildscope::config::ConfigError({{file.empty() ? "environment" : file, "discord.standin_ca_file",
                                            error.what(), "the file that the stand-in writes (its setting ca_file)"}});
  }
}

int RunWithTelemetry(const std::string& file, ProgramSettings settings, MainEvents& events) {
  auto redactor = std::make_shared<guildscope::Redactor>();
  for (const std::string& secret : settings.secrets) redactor->AddSecret(secret);
  CrashRedactor() = redactor;
  try {
    if (settings.telemetry.service_version.empty()) settings.telemetry.service_version = DISRUPTOR_VERSION;
    guildscope::Telemetry telemetry(settings.telemetry, redactor);
    const LastLines last_lines(telemetry.logging());
    for (const std::string& warning : settings.warnings) telemetry.logger("settings").Warning("{}", warning);
    return RunUntilTheEnd(file, settings, telemetry, events);
  } catch (const DatabaseError& error) {
    return Say(ExitStatus::kNoDatabase, redactor->Redact(error.what()));
  } catch (const std::exception& error) {
    const std::string message = redactor->Redact(error.what());
    return Say(message.starts_with("cannot listen") ? ExitStatus::kPortInUse : ExitStatus::kFailed, message);
  }
}

int Main(int argc, char** argv) {
  CLI::App app("The disruptor: a bot that drops into voice channels.", "disruptor");
  std::string file;
  app.add_option("--config", file, "Settings, as YAML; without it, the environment alone");
  app.set_version_flag("--version", DISRUPTOR_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return Say(ExitStatus::kBadSettings, std::string(error.what()) + "; accepted: --config FILE, --version, --help");
  }
  MainEvents events;
  try {
    ProgramSettings settings = LoadProgramSettings(file, guildscope::config::ProcessEnvironment());
    const auto redirect = RedirectToStandin(settings.bot.discord, file);
    return RunWithTelemetry(file, std::move(settings), events);
  } catch (const guildscope::config::ConfigError& error) {
    return Say(ExitStatus::kBadSettings, "the settings are wrong:\n" + std::string(error.what()));
  }
}

}  // namespace
}  // namespace disruptor

int main(int argc, char** argv) {
  std::set_terminate(disruptor::EndAfterUncaughtException);
  try {
    return disruptor::Main(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "disruptor: " << error.what() << '\n';
    return static_cast<int>(disruptor::ExitStatus::kFailed);
  }
}
