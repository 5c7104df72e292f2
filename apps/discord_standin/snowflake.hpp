#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace standin {

using Json = nlohmann::json;
using Snowflake = std::uint64_t;

/// First millisecond of 2015: where Discord's ids count from.
inline constexpr std::int64_t kDiscordEpochMs = 1'420'070'400'000;

[[nodiscard]] inline Snowflake SnowflakeAt(std::int64_t unix_ms) {
  return static_cast<Snowflake>(unix_ms - kDiscordEpochMs) << 22;
}

[[nodiscard]] inline std::string Text(Snowflake id) { return std::to_string(id); }

/// 0, which is nobody's id, when the text is not a decimal number.
[[nodiscard]] inline Snowflake ParseSnowflake(std::string_view text) {
  Snowflake id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size() ? id : 0;
}

/// Discord takes ids as strings and, leniently, as numbers.
[[nodiscard]] inline Snowflake SnowflakeOf(const Json& value) {
  if (value.is_string()) return ParseSnowflake(std::string_view(value.get_ref<const std::string&>()));
  return value.is_number_unsigned() ? value.get<Snowflake>() : 0;
}

/// The id under a key; 0 when there is none.
[[nodiscard]] inline Snowflake SnowflakeField(const Json& object, const char* key) {
  const auto field = object.is_object() ? object.find(key) : object.end();
  return !object.is_object() || field == object.end() ? 0 : SnowflakeOf(*field);
}

/// The shard that a guild belongs to: Discord's own formula.
[[nodiscard]] inline std::uint64_t ShardOf(Snowflake guild_id, std::uint64_t shards) {
  return (guild_id >> 22) % shards;
}

}  // namespace standin
