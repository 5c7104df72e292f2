#include <dpp/dpp.h>

#include <cstdlib>
#include <iostream>
#include <string>

#include "guildscope/instrumentation/curl/http_client.hpp"
#include "guildscope/instrumentation/dpp/instrumentation.hpp"

namespace curl = guildscope::curl;

namespace {

/// A request that a coroutine can wait for. It goes on inside its command's trace.
dpp::async<curl::HttpResult> Fetch(curl::HttpClient& http, curl::HttpRequest request) {
  return dpp::async<curl::HttpResult>(
      [&http, request = std::move(request)](auto done) { http.Send(request, std::move(done)); });
}

}  // namespace

int main() {
  const char* const token = std::getenv("DISCORD_TOKEN");
  const char* const api = std::getenv("FACTS_API");  // https://api.example.com
  if (token == nullptr || api == nullptr) {
    std::cerr << "outbound_http: set DISCORD_TOKEN to the bot's token and FACTS_API to a URL\n";
    return 2;
  }
  guildscope::Telemetry telemetry;
  curl::HttpClient http(telemetry);
  dpp::cluster bot(token);
  const auto instrumentation = guildscope::dpp::Instrument(bot, telemetry);

  bot.on_slashcommand([&](const dpp::slashcommand_t& event) -> dpp::task<void> {
    co_await event.co_thinking();
    const auto result = co_await Fetch(http, {.url = std::string(api) + "/fact", .url_template = "/fact"});
    co_await event.co_edit_original_response(result.ok() ? result.response.body : "There are no facts now.");
  });
  bot.on_ready([&bot](const dpp::ready_t&) {
    if (dpp::run_once<struct RegisterCommands>()) {
      bot.global_command_create(dpp::slashcommand("fact", "Tells you something", bot.me.id));
    }
  });
  bot.start(dpp::st_wait);
  return 0;
}
