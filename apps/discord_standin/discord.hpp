#pragma once

#include "apps/discord_standin/command_store.hpp"
#include "apps/discord_standin/config.hpp"
#include "apps/discord_standin/faults.hpp"
#include "apps/discord_standin/gateway.hpp"
#include "apps/discord_standin/interaction_store.hpp"
#include "apps/discord_standin/ledger.hpp"
#include "apps/discord_standin/message_store.hpp"
#include "apps/discord_standin/rate_limiter.hpp"
#include "apps/discord_standin/voice/voice_server.hpp"
#include "apps/discord_standin/world.hpp"
#include "guildscope/base/clock.hpp"

namespace standin {

/// Everything the stand-in knows, without its sockets: what REST, the Gateway, the control API and the traffic work on.
///
/// Threads: one, which is why the ledger is exact. Lifetime: the clock must outlive it.
struct Discord {
  Discord(Config settings, const guildscope::Clock& time) : config(std::move(settings)), clock(time) {}
  Discord(const Discord&) = delete;
  Discord& operator=(const Discord&) = delete;

  const Config config;
  const guildscope::Clock& clock;
  Ledger ledger;
  Faults faults;
  RateLimiter limiter{config, clock};
  World world{config, clock};
  CommandStore commands;
  MessageStore messages;
  InteractionStore interactions{config.interaction_deadline, clock};
  VoiceServer voice{config, clock, world, faults, ledger};
  Gateway gateway{config, clock, world, faults, ledger, voice};
};

}  // namespace standin
