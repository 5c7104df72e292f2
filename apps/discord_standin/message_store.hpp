#pragma once

#include <deque>
#include <map>
#include <optional>

#include "apps/discord_standin/snowflake.hpp"

namespace standin {

/// The messages of each channel, as the JSON objects that Discord answers with; the newest 500 of a channel are kept.
///
/// Threads: one. Lifetime: nothing borrowed; returned pointers hold until the next change.
class MessageStore {
 public:
  static constexpr std::size_t kKeptPerChannel = 500;

  Json& Add(Snowflake channel_id, Json message) {
    auto& messages = channels_[channel_id];
    if (messages.size() == kKeptPerChannel) messages.pop_front();
    return messages.emplace_back(std::move(message));
  }

  [[nodiscard]] Json* Find(Snowflake channel_id, Snowflake message_id) {
    const std::string id = Text(message_id);
    for (Json& message : channels_[channel_id]) {
      if (message["id"] == id) return &message;
    }
    return nullptr;
  }

  bool Remove(Snowflake channel_id, Snowflake message_id) {
    const std::string id = Text(message_id);
    return std::erase_if(channels_[channel_id], [&](const Json& message) { return message["id"] == id; }) > 0;
  }

  [[nodiscard]] const std::deque<Json>& List(Snowflake channel_id) { return channels_[channel_id]; }

 private:
  std::map<Snowflake, std::deque<Json>> channels_;
};

}  // namespace standin
