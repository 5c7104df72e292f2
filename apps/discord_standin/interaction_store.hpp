#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "apps/discord_standin/snowflake.hpp"
#include "guildscope/base/clock.hpp"

namespace standin {

/// One slash command that somebody used, and what the bot did about it.
struct Interaction {
  Snowflake id = 0;
  std::string token;
  std::string command;
  Snowflake guild_id = 0;
  Snowflake channel_id = 0;
  Snowflake user_id = 0;
  std::chrono::steady_clock::time_point sent_at;
  bool acknowledged = false;
  std::chrono::steady_clock::time_point acknowledged_at;  ///< Once it is.
  int callback_type = 0;
  Json original;                ///< The response's message; null before there is one, and after it was deleted.
  std::vector<Json> followups;  ///< Messages beside the original.
  std::vector<Json> history;    ///< Every content the original has had, in order, for tests to read.
};

/// Interactions by id and token; the newest 10,000 are kept.
///
/// Threads: one. Lifetime: the clock must outlive it; returned pointers hold until an Add.
class InteractionStore {
 public:
  static constexpr std::size_t kKept = 10'000;

  /// `deadline`: how long the bot has to acknowledge, 3 s at Discord.
  InteractionStore(std::chrono::milliseconds deadline, const guildscope::Clock& clock)
      : deadline_(deadline), clock_(clock) {}

  Interaction& Add(Interaction interaction);
  [[nodiscard]] Interaction* Find(Snowflake id);
  /// The one whose token it is: what webhook routes are reached by.
  [[nodiscard]] Interaction* FindByToken(const std::string& token);
  /// Not acknowledged, and too late for it now.
  [[nodiscard]] bool IsExpired(const Interaction& interaction) const;
  /// Sent, not acknowledged, not expired.
  [[nodiscard]] std::size_t InFlight() const;

 private:
  std::chrono::milliseconds deadline_;
  const guildscope::Clock& clock_;
  std::unordered_map<Snowflake, Interaction> by_id_;
  std::unordered_map<std::string, Snowflake> by_token_;
  std::deque<Snowflake> order_;
};

}  // namespace standin
