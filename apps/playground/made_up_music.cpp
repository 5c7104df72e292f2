#include "apps/playground/made_up_music.hpp"

#include <cmath>
#include <cstdint>
#include <fstream>
#include <numbers>
#include <string>

namespace guildscope::playground {
namespace {

constexpr std::uint32_t kRate = 16'000;

void Put(std::string& bytes, std::uint32_t value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFFU);
}

/// RIFF WAVE, 16 bit, mono.
std::string MakeTone(double hertz, double seconds) {
  const auto samples = static_cast<std::uint32_t>(seconds * kRate);
  std::string wave = "RIFF";
  Put(wave, 36 + samples * 2, 4);
  wave += "WAVEfmt ";
  Put(wave, 16, 4);
  Put(wave, 1, 2);
  Put(wave, 1, 2);
  Put(wave, kRate, 4);
  Put(wave, kRate * 2, 4);
  Put(wave, 2, 2);
  Put(wave, 16, 2);
  wave += "data";
  Put(wave, samples * 2, 4);
  for (std::uint32_t i = 0; i < samples; ++i) {
    const double value = 9'000 * std::sin(2 * std::numbers::pi * hertz * i / kRate);
    Put(wave, static_cast<std::uint16_t>(static_cast<std::int16_t>(value)), 2);
  }
  return wave;
}

}  // namespace

void WriteSounds(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  const auto write = [&folder](const char* name, double hertz, double seconds) {
    std::ofstream(folder / name, std::ios::binary) << MakeTone(hertz, seconds);
  };
  write("horn.wav", 233, 1.5);
  write("bell.wav", 880, 1);
  write("whistle.wav", 1'760, 0.6);
}

nlohmann::json CommandOptions(const nlohmann::json& catalogue) {
  nlohmann::json queries{"horn", "bell"};
  const auto& songs = catalogue.at("songs");
  for (std::size_t i = 0; i < songs.size() && i < 4; ++i) {
    queries.push_back(songs[i].at("artist").get<std::string>() + " " + songs[i].at("title").get<std::string>());
  }
  queries.push_back("https://youtu.be/" + songs.at(4).at("youtube_id").get<std::string>());
  queries.push_back("https://open.spotify.com/track/" + songs.at(5).at("spotify_id").get<std::string>());
  queries.push_back("https://open.spotify.com/album/" +
                    catalogue.at("albums").at(0).at("spotify_id").get<std::string>());
  queries.push_back("no such song anywhere");
  // Texts of JSON, as the setting has them; the rest are the stand-in's own defaults.
  return {{"interval", R"({"duration": ["30s", "5m", "15m", "1h", "soon"]})"},
          {"chance", R"({"percent": [0, 10, 50, 100]})"},
          {"weight", R"({"channel": ["{voice_channel}"], "weight": [0, 1, 5]})"},
          {"queue", R"({"page": [1, 2]})"},
          {"play", nlohmann::json{{"query", queries}}.dump()}};
}

}  // namespace guildscope::playground
