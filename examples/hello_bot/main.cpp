#include <dpp/dpp.h>

#include <csignal>
#include <cstdlib>
#include <iostream>

#include "guildscope/instrumentation/dpp/instrumentation.hpp"

int main() {
  const char* const token = std::getenv("DISCORD_TOKEN");
  if (token == nullptr) {
    std::cerr << "hello_bot: set DISCORD_TOKEN to the bot's token\n";
    return 2;
  }
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);  // before any thread starts: they inherit it

  guildscope::Telemetry telemetry;
  dpp::cluster bot(token);
  const auto instrumentation = guildscope::dpp::Instrument(bot, telemetry);

  bot.on_slashcommand([](const dpp::slashcommand_t& event) -> dpp::task<void> {
    if (event.command.get_command_name() == "ping") co_await event.co_reply("Pong!");
  });
  bot.on_ready([&bot](const dpp::ready_t&) {
    if (dpp::run_once<struct RegisterCommands>()) {
      bot.global_command_create(dpp::slashcommand("ping", "Answers with Pong!", bot.me.id));
    }
  });
  bot.start(dpp::st_return);
  std::cout << "http://127.0.0.1:" << telemetry.port() << "/metrics" << std::endl;

  int signal = 0;
  sigwait(&ending, &signal);
  bot.shutdown();
  return 0;
}
