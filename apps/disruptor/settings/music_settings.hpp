#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "apps/disruptor/music/audio/options.hpp"
#include "apps/disruptor/music/pipeline/pipeline_options.hpp"
#include "apps/disruptor/music/player/player_options.hpp"
#include "apps/disruptor/music/search/search_options.hpp"
#include "guildscope/config/schema.hpp"

namespace disruptor {

/// Everything about music that a user can choose: the options of its modules, with their defaults.
struct MusicSettings {
  music::SearchOptions search;
  music::AudioOptions audio;
  music::PipelineOptions pipeline;
  music::PlayerOptions player;
  std::size_t history_per_guild = 200;
  std::chrono::milliseconds cache_cleanup_interval{600'000};
  std::string sounds_directory;           ///< Becomes the search's.
  std::string cache_directory = "cache";  ///< Becomes the audio's.
};

/// Adds the fields, and the checks of what they say together. The settings must outlive the schema.
void AddMusicFields(guildscope::config::Schema& schema, MusicSettings& settings);

}  // namespace disruptor
