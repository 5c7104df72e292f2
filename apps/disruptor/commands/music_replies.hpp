#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "apps/disruptor/commands/command_replies.hpp"
#include "apps/disruptor/music/pipeline/music_store.hpp"
#include "apps/disruptor/music/pipeline/pipeline.hpp"
#include "apps/disruptor/music/player/players.hpp"

/// What the bot answers to the music commands: pure functions of what was asked and what is known.
namespace disruptor {

/// /play: why not, empty when it may be tried. `channel`: the caller's, as the bot sees it. `player_channel`: where the
/// server's player is, when there is one.
[[nodiscard]] std::string RefusePlay(const Caller& caller, const std::optional<VoiceChannel>& channel,
                                     std::optional<Snowflake> player_channel);
[[nodiscard]] std::string DescribePlay(music::PlayAnswer answer, const std::string& what);

/// Skip, pause, …: why not, empty when it may be done. Those who listen may, and those who may manage the server.
[[nodiscard]] std::string RefuseControl(const Caller& caller, std::optional<Snowflake> player_channel);

[[nodiscard]] std::string DescribeSkip(music::PlayerAnswer answer);
[[nodiscard]] std::string DescribePause(music::PlayerAnswer answer);
[[nodiscard]] std::string DescribeResume(music::PlayerAnswer answer);
[[nodiscard]] std::string DescribeShuffle(music::PlayerAnswer answer);
/// `dropped`: requests that were on their way.
[[nodiscard]] std::string DescribeStop(music::PlayerAnswer answer, std::size_t dropped);

/// /queue: ten tracks a page, the first page is 1. `coming`: requests that are being searched or downloaded.
[[nodiscard]] std::string DescribeQueue(const music::PlayerView& view, std::size_t coming, std::int64_t page);
/// /now
[[nodiscard]] std::string DescribeNow(const music::PlayerView& view, std::size_t coming);
/// /history, latest first.
[[nodiscard]] std::string DescribeHistory(const std::vector<music::HistoryEntry>& entries,
                                          std::chrono::system_clock::time_point now);

/// `3:07`, `1:02:03`.
[[nodiscard]] std::string FormatPosition(std::chrono::milliseconds time);

}  // namespace disruptor
