#include <benchmark/benchmark.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "guildscope/flight_recorder/recorder.hpp"

/// A span or log record of 250 bytes into the flight recorder's file, and the copy that there is no way around.
namespace guildscope {
namespace {

constexpr std::size_t kRing = 4 * 1024 * 1024;

std::string Record() {
  std::string record = "\x0a\x10" + std::string(16, 't') + "\x12\x08" + std::string(8, 's');
  const std::string texts =
      "POST /channels/{channel.id}/messages guild_id 81384788765712384 status_code 200 discord.com ";
  while (record.size() < 250) record += texts;
  record.resize(250);
  return record;
}

flight::Recorder& SharedRecorder() {
  static const auto redactor = [] {
    auto one = std::make_shared<Redactor>();
    for (const char* secret : {"MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs", "correct horse battery",
                               "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY", "lavalink-youshallnotpass", "Ym90OnBhc3M="}) {
      one->AddSecret(secret);
    }
    return one;
  }();
  // In memory, as one would have it.
  static const auto directory = std::filesystem::path(std::filesystem::exists("/dev/shm") ? "/dev/shm" : "/tmp") /
                                ("guildscope_bench_" + std::to_string(getpid()));
  struct Removed {
    flight::Recorder recorder{
        {.directory = directory, .max_bytes = kRing}, redactor, [](auto, auto body) { return std::string(body); }};
    ~Removed() { std::filesystem::remove_all(directory); }
  };
  static Removed shared;
  return shared.recorder;
}

void BM_FlightRecord_guildscope(benchmark::State& state) {
  flight::Recorder& recorder = SharedRecorder();
  const std::string scope("\x0a\x0c\x0a\x0aguildscope", 14);
  const std::string record = Record();
  std::uint64_t now = 1;
  for (auto _ : state) recorder.SpanEnded(scope, record, ++now);
}
BENCHMARK(BM_FlightRecord_guildscope)->Name("BM_FlightRecord/guildscope")->ThreadRange(1, 2);

/// The same bytes, one after the other round the same memory.
void BM_FlightRecord_floor(benchmark::State& state) {
  std::vector<char> ring(kRing);
  const std::string record = Record();
  std::size_t at = 0;
  for (auto _ : state) {
    std::memcpy(ring.data() + at, record.data(), record.size());
    benchmark::ClobberMemory();
    at += record.size();
    if (at + record.size() > ring.size()) at = 0;
  }
}
BENCHMARK(BM_FlightRecord_floor)->Name("BM_FlightRecord/floor")->ThreadRange(1, 2);

}  // namespace
}  // namespace guildscope
