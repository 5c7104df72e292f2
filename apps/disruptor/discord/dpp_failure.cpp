#include "apps/disruptor/discord/dpp_failure.hpp"

#include <array>
#include <utility>

namespace disruptor {
namespace {

/// Gateway close codes after which Discord's documentation says not to reconnect.
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kFinalCloseCodes{{
    {"4010", "the shard does not exist (setting discord.shards)"},
    {"4011", "the bot is in too many servers for so few shards (setting discord.shards)"},
    {"4012", "Discord does not speak this version of the protocol any more; a newer D++ is needed"},
    {"4013", "Discord does not know an intent of the bot"},
    {"4014", "the bot's intents are not allowed in Discord's developer portal"},
}};

// The beginning of the line, so that nothing that a user wrote is taken for it.
constexpr std::string_view kCloseCode = "Receiving exception: OOF! Error from underlying websocket: ";

bool Contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Failure TokenRefused(std::string_view where) {
  return {ExitStatus::kTokenRefused, std::string(where) +
                                         " refuses the token; check the setting discord.token or the variable "
                                         "DISCORD_TOKEN"};
}

std::optional<Failure> FindFinalClose(std::string_view message, std::string_view where) {
  if (!message.starts_with(kCloseCode)) return std::nullopt;
  const std::string_view code = message.substr(kCloseCode.size(), 4);
  if (code == "4004") return TokenRefused(where);
  for (const auto& [final_code, meaning] : kFinalCloseCodes) {
    if (code == final_code) {
      return Failure{ExitStatus::kNoDiscord, std::string(where) + " closed the gateway for good with " +
                                                 std::string(code) + ": " + std::string(meaning)};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Failure> FindFailure(dpp::loglevel severity, std::string_view message, bool started,
                                   std::string_view where) {
  if (auto close = FindFinalClose(message, where)) return close;
  if (severity == dpp::ll_critical) {
    if (Contains(message, "401: Unauthorized")) return TokenRefused(where);
    if (Contains(message, "Event loop")) {
      return Failure{ExitStatus::kFailed, "D++'s event loop ended: " + std::string(message)};
    }
    return Failure{ExitStatus::kNoDiscord, "cannot start with " + std::string(where) + ": " + std::string(message)};
  }
  if (severity == dpp::ll_error && !started && message.starts_with("HTTP(S) error")) {
    return Failure{ExitStatus::kNoDiscord,
                   "cannot reach " + std::string(where) + " (D++ says: " + std::string(message) + ")"};
  }
  return std::nullopt;
}

}  // namespace disruptor
