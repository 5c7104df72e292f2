#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "apps/discord_standin/discord.hpp"
#include "apps/discord_standin/traffic.hpp"

namespace standin {

struct ControlAnswer {
  unsigned status = 200;
  Json body;
  /// Work that need not be done where everything else is: makes the whole body, of this type, on the caller's thread.
  std::function<std::string()> later = nullptr;
  std::string content_type = "application/json";
};

/// The control API without its server: what tests and `make run` ask of the stand-in. README.md lists the routes.
///
/// Threads: the one of the Discord. Lifetime: both must outlive it.
class Control {
 public:
  Control(Discord& discord, Traffic& traffic) : discord_(discord), traffic_(traffic) {}

  /// `path`: with its query, undecoded.
  [[nodiscard]] ControlAnswer Handle(const std::string& method, const std::string& path, const std::string& body);

 private:
  ControlAnswer Route(const std::string& method, const std::string& path, const std::string& query, const Json& body);
  ControlAnswer AddFault(const Json& body);
  [[nodiscard]] Json LedgerJson() const;
  [[nodiscard]] Json TrafficJson() const;
  [[nodiscard]] Json GuildsJson() const;
  ControlAnswer InteractionJson(Snowflake id);
  [[nodiscard]] ControlAnswer Audio(Snowflake guild_id, const std::string& query) const;

  Discord& discord_;
  Traffic& traffic_;
};

}  // namespace standin
