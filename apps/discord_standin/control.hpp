#pragma once

#include <string>

#include "apps/discord_standin/discord.hpp"
#include "apps/discord_standin/traffic.hpp"

namespace standin {

struct ControlAnswer {
  unsigned status = 200;
  Json body;
};

/// The control API without its server: what tests and `make run` ask of the stand-in. README.md lists the routes.
///
/// Threads: the one of the Discord. Lifetime: both must outlive it.
class Control {
 public:
  Control(Discord& discord, Traffic& traffic) : discord_(discord), traffic_(traffic) {}

  [[nodiscard]] ControlAnswer Handle(const std::string& method, const std::string& path, const std::string& body);

 private:
  ControlAnswer Route(const std::string& method, const std::string& path, const Json& body);
  ControlAnswer AddFault(const Json& body);
  [[nodiscard]] Json LedgerJson() const;
  [[nodiscard]] Json TrafficJson() const;
  [[nodiscard]] Json GuildsJson() const;
  ControlAnswer InteractionJson(Snowflake id);

  Discord& discord_;
  Traffic& traffic_;
};

}  // namespace standin
