#include <gmock/gmock.h>

#include <set>

#include "guildscope/testing/http_client.hpp"
#include "tests/support/world.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using testing::Eventually;
using testing::ExpectNowhere;
using ::testing::HasSubstr;
using testing::ReceivedSpan;
using ::testing::SizeIs;
using testing::World;
using namespace nlohmann::literals;
using namespace std::chrono_literals;

constexpr auto kServer = opentelemetry::proto::trace::v1::Span::SPAN_KIND_SERVER;
constexpr auto kClient = opentelemetry::proto::trace::v1::Span::SPAN_KIND_CLIENT;
constexpr auto kConsumer = opentelemetry::proto::trace::v1::Span::SPAN_KIND_CONSUMER;
constexpr auto kInternal = opentelemetry::proto::trace::v1::Span::SPAN_KIND_INTERNAL;
constexpr auto kUuid = "music.media_request.uuid";
constexpr std::chrono::milliseconds kPatience{60'000};

/// The real bot, with stand-ins for Discord, YouTube and Spotify, and the real yt-dlp and ffmpeg.
class MusicStory : public ::testing::Test, protected World {
 protected:
  using Spans = std::vector<ReceivedSpan>;

  MusicStory() {
    StartMedia();
    StartStandin();
    json settings = ExportTo(receiver_);
    settings["music"] = {{"progress", {{"interval", "300ms"}}}};
    StartBot(settings);
    guild_ = GuildWithPeople();
    person_ = SomebodyInVoice(guild_);
    catalogue_ = json::parse(testing::Get(playground().media_port(), "/catalogue").body);
  }
  ~MusicStory() override {
    std::string everything;
    for (const auto& span : receiver_.store().Spans()) everything += span.span.DebugString();
    for (const auto& log : receiver_.store().Logs()) everything += log.record.DebugString();
    for (const std::string& secret : secrets_) ExpectNowhere(secret, {{"what the receiver got", everything}});
  }

  std::string GuildWithPeople() const {
    for (const json& guild : Guilds()) {
      if (!JoinableChannels(guild.at("id")).empty()) return guild.at("id");
    }
    throw std::runtime_error("nobody is in voice; choose another seed");
  }
  void MediaFault(const json& fault) { testing::Post(playground().media_port(), "/faults", fault.dump()); }
  [[nodiscard]] json MediaLedger() const { return Ledger().at("media"); }
  [[nodiscard]] std::uint64_t WholeDownloads() const {
    std::uint64_t whole = 0;
    for (const auto& [id, counts] : MediaLedger().at("media").items()) whole += counts.at("whole").get<std::uint64_t>();
    return whole;
  }
  [[nodiscard]] std::string WordsOf(std::size_t song) const {
    const json& one = catalogue_.at("songs").at(song);
    return one.at("artist").get<std::string>() + " " + one.at("title").get<std::string>();
  }

  /// Uses /play, and gives the channel where it was used.
  std::string Play(const std::string& query) {
    const std::string id = Begin(guild_, "play", {{"query", query}}, person_);
    // At first it is deferred, and has no text.
    EXPECT_TRUE(Eventually([&] {
      return Interaction(id).at("content").dump().find("Looking for") != std::string::npos;
    })) << Interaction(id).dump(2);
    return Interaction(id).at("channel_id");
  }
  [[nodiscard]] bool AwaitMessage(const std::string& channel, const std::string& text) const {
    return Eventually([&] {
      const auto messages = MessagesIn(channel);
      return !messages.empty() && messages.back().find(text) != std::string::npos;
    });
  }

  Spans Await(const std::string& name, std::size_t count) {
    EXPECT_TRUE(receiver_.store().WaitFor(
        [&](const testing::OtlpStore& store) { return store.SpansNamed(name).size() >= count; }, kPatience))
        << name << ": " << receiver_.store().SpansNamed(name).size() << " of " << count;
    return receiver_.store().SpansNamed(name);
  }
  static Spans Below(const Spans& trace, const ReceivedSpan& parent) {
    Spans children;
    for (const auto& span : trace) {
      if (span.parent_id() == parent.span_id()) children.push_back(span);
    }
    return children;
  }
  static std::vector<std::string> LinksOf(const ReceivedSpan& span) {
    std::vector<std::string> links;
    for (const auto& link : span.span.links()) links.push_back(testing::ToHex(link.span_id()));
    return links;
  }
  static std::vector<std::string> NamesOf(const Spans& spans) {
    std::vector<std::string> names;
    for (const auto& span : spans) names.push_back(span.name());
    return names;
  }

  testing::OtlpReceiver receiver_;
  std::string guild_;
  std::string person_;
  json catalogue_;
};

TEST_F(MusicStory, OfOnePlayIsASpanAStageThatLinksToTheCommand) {
  MediaFault({{"kind", "error"}, {"path", "/youtube/v3/search"}, {"status", 503}, {"count", 1}});
  const std::string channel = Play(WordsOf(0));
  ASSERT_TRUE(AwaitMessage(channel, "Queued: **"));
  ASSERT_TRUE(Eventually([&] { return Use(guild_, "now", {}, person_).find("●") != std::string::npos; })) << "it plays";
  ASSERT_TRUE(Eventually([&] { return Ledger().at("rtp_frames").get<int>() > 25; }));
  EXPECT_EQ(Use(guild_, "skip", {}, person_), "Skipped.");
  ASSERT_TRUE(AwaitMessage(channel, "Played: **"));

  const Spans commands = Await("command play", 1);
  ASSERT_THAT(commands, SizeIs(1));
  EXPECT_EQ(commands.front().span.kind(), kServer);
  std::set<std::string> uuids;
  std::set<std::string> traces{commands.front().trace_id()};
  for (const auto& [name, kind] : {std::pair{"music search", kClient}, std::pair{"music download", kClient},
                                   std::pair{"music route", kConsumer}, std::pair{"music player", kInternal}}) {
    const Spans stages = Await(name, 1);
    ASSERT_THAT(stages, SizeIs(1)) << name;
    const ReceivedSpan& stage = stages.front();
    EXPECT_EQ(stage.span.kind(), kind) << name;
    EXPECT_THAT(LinksOf(stage), Contains(commands.front().span_id())) << name;
    EXPECT_EQ(stage.attributes()["guild_id"], guild_) << name;
    uuids.insert(stage.attributes()[kUuid]);
    EXPECT_TRUE(traces.insert(stage.trace_id()).second) << name << " is in another's trace";
  }
  ASSERT_THAT(uuids, SizeIs(1));
  EXPECT_THAT(*uuids.begin(), SizeIs(36));

  const ReceivedSpan search = Await("music search", 1).front();
  const Spans trace = receiver_.store().SpansOfTrace(search.trace_id());
  EXPECT_THAT(NamesOf(trace), AllOf(Contains("youtube_search"), Contains("GET /youtube/v3/search"),
                                    Contains("retry GET /youtube/v3/search")));
  const ReceivedSpan download = Await("music download", 1).front();
  EXPECT_EQ(download.attributes()["music.cache.hit"], "false");
  EXPECT_THAT(NamesOf(receiver_.store().SpansOfTrace(download.trace_id())),
              AllOf(Contains("download_files"), Contains("yt-dlp"), Contains("ffmpeg")));
  ExpectTelemetryEqualsLedger();
  StopBot();
}

TEST_F(MusicStory, OfTheSameTrackAgainHasNoDownload) {
  const std::string channel = Play(WordsOf(1));
  ASSERT_TRUE(AwaitMessage(channel, "Queued: **"));
  const std::uint64_t whole = WholeDownloads();
  Use(guild_, "stop", {}, person_);
  Play(WordsOf(1));
  ASSERT_TRUE(Eventually([&] { return MessagesIn(channel).size() == 2; }));
  ASSERT_TRUE(AwaitMessage(channel, "Queued: **"));
  EXPECT_EQ(WholeDownloads(), whole);
  EXPECT_EQ(Metric("music_cache_requests_total", {{"result", "hit"}}), 1);
  EXPECT_EQ(Metric("music_cache_requests_total", {{"result", "miss"}}), 1);
  EXPECT_EQ(Metric("music_cache_file_count"), 1);
  EXPECT_EQ(Metric("music_active_players", {{"guild_id", guild_}}), 1);
  const Spans downloads = Await("music download", 2);
  EXPECT_EQ(downloads.back().attributes()["music.cache.hit"], "true");
  EXPECT_EQ(Use(guild_, "disconnect", {}, person_), "Bye.");
  EXPECT_TRUE(Eventually([&] { return Metric("disruptor_voice_connections_active") == 0; }));
}

TEST_F(MusicStory, OfAnAlbumIsManyRequestsAndOneMessage) {
  const std::string album = catalogue_.at("albums").at(0).at("spotify_id");
  const std::size_t tracks = catalogue_.at("albums").at(0).at("entries");
  const std::string channel = Play("https://open.spotify.com/album/" + album);
  ASSERT_TRUE(AwaitMessage(channel, std::to_string(tracks) + " of " + std::to_string(tracks) + " ready"));
  EXPECT_THAT(MessagesIn(channel), SizeIs(1)) << "edited in place";
  EXPECT_EQ(Metric("music_multirequest_bundles", {{"guild_id", guild_}}), 1);
  const Spans routes = Await("music route", tracks);
  const std::string command = Await("command play", 1).front().span_id();
  std::set<std::string> uuids;
  for (const ReceivedSpan& route : routes) {
    uuids.insert(route.attributes()[kUuid]);
    EXPECT_THAT(LinksOf(route), Contains(command));
  }
  EXPECT_THAT(uuids, SizeIs(tracks));
  EXPECT_THAT(Await("music search", tracks + 1), SizeIs(tracks + 1)) << "the album, and each of its tracks";
  EXPECT_THAT(Use(guild_, "queue", {}, person_), HasSubstr(std::to_string(tracks - 1) + " tracks waiting"));
  EXPECT_EQ(Use(guild_, "stop", {}, person_), "Stopped, and the queue is empty.");
  ASSERT_TRUE(AwaitMessage(channel, "stopped"));
  EXPECT_TRUE(Eventually([&] { return Metric("music_multirequest_bundles") == 0; }));
  EXPECT_EQ(Metric("heartbeat"), static_cast<double>(MetricBy("heartbeat", {"background_job"}).size()));
  ExpectTelemetryEqualsLedger();
}

TEST_F(MusicStory, IsToldWhenNothingIsFoundAndWhenItIsInterrupted) {
  std::string channel = Play("zzyzx qwrtl");
  ASSERT_TRUE(AwaitMessage(channel, "I could not play **zzyzx qwrtl**"));
  MediaFault({{"kind", "slow"}, {"path", "/watch/{id}.wav"}, {"milliseconds", 60'000}, {"count", 100}});
  Play(WordsOf(2));
  ASSERT_TRUE(Eventually([&] { return !Await("command play", 2).empty() && MessagesIn(channel).size() == 2; }));
  StopBot();  // within 10 s, with a download that hangs
  StartBot(ExportTo(receiver_));
  ASSERT_TRUE(AwaitMessage(channel, "I was restarted before this was played"));
  EXPECT_THAT(MessagesIn(channel), SizeIs(2));
}

}  // namespace
}  // namespace guildscope
