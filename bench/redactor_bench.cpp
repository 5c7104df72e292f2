#include <benchmark/benchmark.h>

#include <cstring>
#include <string>

#include "guildscope/base/redactor.hpp"

namespace guildscope {
namespace {

/// What a span or a log record of a bot has in it.
std::string OrdinaryText(std::size_t size) {
  static const std::string sample =
      "POST /channels/{channel.id}/messages discord.com guild_id 81384788765712384 http.response.status_code 200 "
      "https://discord.com/api/v10/channels/41771983423143937/messages the queue of a player has 12 songs, next one in "
      "3.5 s; INSERT INTO guild_settings (guild_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING ";
  std::string text;
  while (text.size() < size) text += sample;
  text.resize(size);
  return text;
}

void AddSecrets(Redactor& redactor) {
  redactor.AddSecret("MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs");
  redactor.AddSecret("correct horse battery staple");
  redactor.AddSecret("AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY");
  redactor.AddSecret("lavalink-youshallnotpass");
  redactor.AddSecret("Basic Ym90OnBhc3N3b3Jk");
}

void BM_RedactorScan_guildscope(benchmark::State& state) {
  Redactor redactor;
  AddSecrets(redactor);
  const std::string text = OrdinaryText(static_cast<std::size_t>(state.range(0)));
  if (redactor.NeedsRedaction(text)) state.SkipWithError("an ordinary text has nothing secret");
  for (auto _ : state) benchmark::DoNotOptimize(redactor.NeedsRedaction(text));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_RedactorScan_guildscope)->Name("BM_RedactorScan/guildscope")->Arg(30)->Arg(250)->Arg(1000)->Arg(10'000);

/// One character that is not there.
void BM_RedactorScan_floor(benchmark::State& state) {
  const std::string text = OrdinaryText(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(std::memchr(text.data(), '~', text.size()));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_RedactorScan_floor)->Name("BM_RedactorScan/floor")->Arg(30)->Arg(250)->Arg(1000)->Arg(10'000);

}  // namespace
}  // namespace guildscope
