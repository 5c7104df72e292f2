#include "apps/disruptor/music/audio/cached_audio_source.hpp"

#include "apps/disruptor/music/audio/audio_fixture.hpp"
#include "apps/disruptor/music/ogg/ogg_opus_reader.hpp"
#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/testing/recorded_metrics.hpp"
#include "guildscope/testing/recorded_spans.hpp"
#include "guildscope/testing/scripted_server.hpp"

namespace disruptor::music {
namespace {

using namespace std::chrono_literals;
using guildscope::testing::CountOf;
using guildscope::testing::MakeAnswer;
using guildscope::testing::RecordedSpan;
using guildscope::testing::ScriptedAnswer;
using guildscope::testing::SeenRequest;
using guildscope::testing::ValueOf;
using testing::HasSubstr;
using testing::Not;

constexpr Snowflake kGuild = 4711;

/// What ffmpeg makes of its arguments; once for all tests.
const std::string& Media(const std::string& extension) {
  static std::map<std::string, std::string> made;
  std::string& bytes = made[extension];
  if (!bytes.empty()) return bytes;
  const ScratchFolder folder;
  const std::string path = folder.path() / ("made." + extension);
  const std::string picture = "-f lavfi -i testsrc=duration=1:size=64x64:rate=5 ";
  const std::string tone = "-f lavfi -i sine=frequency=440:duration=3 ";
  if (extension == "mkv") {
    RunFfmpeg(picture + path);
  } else if (extension == "mp4") {
    RunFfmpeg(picture + tone + path);
  } else {
    RunFfmpeg(tone + "-metadata title=inside " + path);
  }
  return bytes = ReadFile(path);
}

/// A real server, the real yt-dlp, the real ffmpeg.
class CachedAudioSourceTest : public AudioTest, public testing::Test {
 protected:
  CachedAudioSourceTest() {
    options_.download_retries = 0;
    options_.terminate_grace = 5s;
    Restart();
  }

  void Restart() {
    source_.reset();
    source_.emplace(options_, database_, telemetry_);
  }

  ScriptedAnswer Answer(const SeenRequest& request) const {
    const std::string path = request.target.substr(0, request.target.find('?'));
    const std::string extension = path.substr(path.rfind('.') + 1);
    if (path.starts_with("/tone."))
      return {MakeAnswer(200, Media(extension), {{"Content-Type", "audio/" + extension}})};
    if (path == "/text.mp3") return {MakeAnswer(200, "no sound at all", {{"Content-Type", "audio/mpeg"}})};
    if (path == "/page") return {MakeAnswer(200, "<html><body>Hello</body></html>", {{"Content-Type", "text/html"}})};
    if (path == "/hold.mp3") return {"", ScriptedAnswer::Then::kHold};
    if (path == "/busy.mp3") return {MakeAnswer(503)};
    if (path == "/cut.wav") {
      return {"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: 400000\r\n\r\n" +
                  Media("wav").substr(0, 50'000),
              ScriptedAnswer::Then::kClose};
    }
    if (path == "/endless.wav") {  // of a size that nobody says
      return {"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n\r\n" + Media("wav"),
              ScriptedAnswer::Then::kClose};
    }
    if (path.starts_with("/pieces") && std::filesystem::exists(folder_.path() / path.substr(1))) {
      return {MakeAnswer(200, ReadFile(folder_.path() / path.substr(1)))};
    }
    return {MakeAnswer(404)};
  }

  Track At(const std::string& path) const {
    const std::string url = server_.url() + path;
    return {.key = "url:" + url, .url = url, .title = path};
  }
  AudioFilePtr Fetch(const Track& track, const std::stop_token& stop = {}) {
    return source_->Fetch(track, kGuild, stop);
  }
  std::string FetchError(const Track& track) {
    return ErrorOf([&] { (void)Fetch(track); });
  }
  Track Sound(const std::string& name, const std::string& bytes) {
    WriteFile(folder_.path() / name, bytes);
    return {.key = "sound:" + name, .url = folder_.path() / name, .title = name};
  }
  /// A program that does what no real one can be made to do.
  std::string FakeProgram(const std::string& script) {
    const std::filesystem::path path = folder_.path() / "fake";
    WriteFile(path, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  void ExpectNothingLeft() {
    EXPECT_TRUE(ScratchIsEmpty());
    EXPECT_EQ(Files(), std::vector<std::string>{});
    EXPECT_EQ(Rows(), 0);
  }

  guildscope::testing::ScriptedServer server_{[this](const SeenRequest& request) { return Answer(request); }};
  std::optional<CachedAudioSource> source_;
};

TEST_F(CachedAudioSourceTest, FetchesConvertsAndKeeps) {
  const Track track = At("/tone.mp3");
  EXPECT_FALSE(source_->FindCached(track));
  const AudioFilePtr file = Fetch(track);
  const OggOpusFacts facts = MeasureOggOpus(file->path);
  EXPECT_EQ(facts.head.channels, 2);
  EXPECT_TRUE(facts.all_20_ms);
  EXPECT_NEAR(static_cast<double>(file->length.count()), 3'000, 60);
  EXPECT_EQ(file->length, facts.length);
  EXPECT_EQ(file->bytes, std::filesystem::file_size(file->path));
  EXPECT_EQ(file->title, "tone");
  EXPECT_THAT(ReadFile(file->path), Not(HasSubstr("inside")));  // no metadata goes along
  EXPECT_TRUE(ScratchIsEmpty());

  const std::size_t requests = server_.requests().size();
  EXPECT_EQ(source_->FindCached(track), file);
  EXPECT_EQ(Fetch(track), file);
  Restart();
  EXPECT_EQ(source_->FindCached(track)->path, file->path);
  EXPECT_EQ(server_.requests().size(), requests);
  EXPECT_EQ(ValueOf(registry_, "music.cache_requests", {"hit"}), 2);
  EXPECT_EQ(ValueOf(registry_, "music.cache_requests", {"miss"}), 1);
}

TEST_F(CachedAudioSourceTest, TellsItsSpansAndMetrics) {
  redactor_.AddSecret("hunter2");
  guildscope::testing::RecordedSpans spans;
  const Track track = At("/tone.mp3?token=very-secret&v=hunter2");
  AudioFilePtr file;
  {
    auto around = tracer_.StartActive("music download");
    file = Fetch(track);
  }
  const std::vector<RecordedSpan> ended = spans.Take();
  ASSERT_EQ(ended.size(), 3U);
  const RecordedSpan& download = ended[0];
  const RecordedSpan& transcode = ended[1];
  EXPECT_EQ(download.name, "yt-dlp");
  EXPECT_EQ(download.kind, guildscope::tracing::SpanKind::kClient);
  EXPECT_EQ(download.parent_span_id, ended[2].context.span_id);
  EXPECT_EQ(download["url.full"], server_.url() + "/tone.mp3?token=REDACTED&v=***");
  EXPECT_EQ(download["server.address"], "127.0.0.1");
  EXPECT_EQ(download["process.exit.code"], "0");
  EXPECT_EQ(download["music.audio.bytes"], std::to_string(Media("mp3").size()));
  EXPECT_FALSE(download.is_error);
  EXPECT_EQ(transcode.name, "ffmpeg");
  EXPECT_EQ(transcode.kind, guildscope::tracing::SpanKind::kInternal);
  EXPECT_EQ(transcode.parent_span_id, ended[2].context.span_id);
  EXPECT_EQ(transcode["process.exit.code"], "0");
  EXPECT_EQ(transcode["music.audio.bytes"], std::to_string(file->bytes));

  EXPECT_EQ(CountOf(registry_, "disruptor.audio.processing_duration", {"download", "4711"}), 1U);
  EXPECT_EQ(CountOf(registry_, "disruptor.audio.processing_duration", {"transcode", "4711"}), 1U);
  EXPECT_EQ(ValueOf(registry_, "music.cache_file_count", {}), 1);
  const double max = ValueOf(registry_, "music.cache_filesystem_max", {});
  EXPECT_GT(max, 0);
  EXPECT_GT(ValueOf(registry_, "music.cache_filesystem_used", {}), 0);
  EXPECT_LE(ValueOf(registry_, "music.cache_filesystem_used", {}), max);

  EXPECT_EQ(FetchError(At("/none.mp3")), "not_found");
  const RecordedSpan failed = spans.TakeOnly();
  EXPECT_TRUE(failed.is_error);
  EXPECT_EQ(failed["error.type"], "not_found");
  EXPECT_EQ(failed["process.exit.code"], "1");
  EXPECT_EQ(CountOf(registry_, "disruptor.audio.processing_duration", {"download", "4711"}), 2U);
}

TEST_F(CachedAudioSourceTest, DownloadsOnceForTwoGuilds) {
  const Track track = At("/tone.wav");
  AudioFilePtr first;
  AudioFilePtr second;
  {
    std::jthread one([&] { first = source_->Fetch(track, 1, {}); });
    std::jthread two([&] { second = source_->Fetch(track, 2, {}); });
  }
  ASSERT_TRUE(first);
  EXPECT_EQ(first, second);
  EXPECT_EQ(CountOf(registry_, "disruptor.audio.processing_duration", {"download", "1"}) +
                CountOf(registry_, "disruptor.audio.processing_duration", {"download", "2"}),
            1U);
}

TEST_F(CachedAudioSourceTest, SaysWhatIsWrongAndLeavesNothing) {
  EXPECT_EQ(FetchError(At("/none.mp3")), "not_found");
  EXPECT_EQ(FetchError(At("/busy.mp3")), "unavailable");
  EXPECT_EQ(FetchError(At("/page")), "bad_media");
  EXPECT_EQ(FetchError(At("/text.mp3")), "bad_media");
  EXPECT_EQ(FetchError(At("/tone.mkv")), "bad_media");  // a picture without sound
  EXPECT_EQ(FetchError(At("/cut.wav")), "unavailable");
  EXPECT_EQ(FetchError({.key = "url:x", .url = "http://127.0.0.1:1/x.mp3", .title = "x"}), "unavailable");
  for (const std::string url : {"file:///etc/passwd", "--version", "ytsearch:x", "", "ftp://127.0.0.1/x"}) {
    EXPECT_EQ(FetchError({.key = "url:" + url, .url = url, .title = "x"}), "bad_media") << url;
  }
  ExpectNothingLeft();
}

TEST_F(CachedAudioSourceTest, LogsWhatTheProgramSaidWithoutItsSecrets) {
  EXPECT_EQ(FetchError(At("/none.mp3?token=very-secret")), "not_found");
  EXPECT_EQ(FetchError(At("/page?token=very-secret")), "bad_media");  // yt-dlp quotes the URL
  EXPECT_THAT(log_->text, HasSubstr("HTTP Error 404"));
  EXPECT_THAT(log_->text, HasSubstr("Unsupported URL: " + server_.url() + "/page?token=REDACTED"));
  EXPECT_THAT(log_->text, Not(HasSubstr("very-secret")));
}

TEST_F(CachedAudioSourceTest, FetchesWhatComesInPieces) {
  RunFfmpeg("-f lavfi -i sine=duration=3 -c:a aac -f hls -hls_time 1 -hls_list_size 0 " +
            (folder_.path() / "pieces.m3u8").string());
  EXPECT_NEAR(static_cast<double>(Fetch(At("/pieces.m3u8"))->length.count()), 3'000, 100);
  // One of them is missing: half a song is none.
  std::filesystem::remove(folder_.path() / "pieces1.ts");
  EXPECT_EQ(FetchError(At("/pieces.m3u8?again")), "not_found");
  // One of them lies on the bot's own disk.
  WriteFile(folder_.path() / "pieces.m3u8",
            "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n");
  EXPECT_EQ(FetchError(At("/pieces.m3u8?file")), "unavailable");
}

TEST_F(CachedAudioSourceTest, KeepsToItsLimits) {
  options_.max_download_bytes = 10'000;
  Restart();
  EXPECT_EQ(FetchError(At("/tone.wav")), "too_large");     // the server says so
  EXPECT_EQ(FetchError(At("/endless.wav")), "too_large");  // it does not
  EXPECT_EQ(FetchError(Sound("big.wav", Media("wav"))), "too_large");
  options_.max_download_bytes = 1 << 20;
  options_.max_length = 2s;
  Restart();
  EXPECT_EQ(FetchError(At("/tone.wav")), "too_large");  // three seconds
  Track known = At("/tone.wav");
  known.length = 3s;
  const std::size_t requests = server_.requests().size();
  EXPECT_EQ(FetchError(known), "too_large");
  EXPECT_EQ(server_.requests().size(), requests);
  ExpectNothingLeft();
}

TEST_F(CachedAudioSourceTest, EndsADownloadThatHangs) {
  options_.download_timeout = 1'500ms;
  Restart();
  EXPECT_EQ(FetchError(At("/hold.mp3")), "timeout");
  ExpectNothingLeft();
}

TEST_F(CachedAudioSourceTest, StopsWhenNobodyWantsItAnyMore) {
  std::stop_source stop;
  std::string error;
  std::jthread thread([&] { error = ErrorOf([&] { (void)Fetch(At("/hold.mp3"), stop.get_token()); }); });
  ASSERT_TRUE(Becomes([&] { return !server_.requests().empty(); }));
  stop.request_stop();
  thread.join();
  EXPECT_EQ(error, "stopped");
  ExpectNothingLeft();
}

TEST_F(CachedAudioSourceTest, PlaysSoundsFromTheirFolder) {
  const Track horn = Sound("horn.mp4", Media("mp4"));
  const AudioFilePtr file = Fetch(horn);
  EXPECT_NEAR(static_cast<double>(file->length.count()), 3'000, 100);
  EXPECT_EQ(source_->FindCached(horn), file);
  EXPECT_EQ(server_.requests().size(), 0U);
  // Another file of the same name is another sound.
  const Track changed = Sound("horn.mp4", Media("mp3"));
  EXPECT_FALSE(source_->FindCached(changed));
  EXPECT_NE(Fetch(changed)->path, file->path);
  std::filesystem::remove(horn.url);
  EXPECT_FALSE(source_->FindCached(horn));
  EXPECT_EQ(FetchError(horn), "not_found");
}

TEST_F(CachedAudioSourceTest, OpensNoOtherFilesForAStranger) {
  WriteFile(folder_.path() / "secret.mp3", Media("mp3"));
  EXPECT_EQ(FetchError(Sound("a.mp3", "ffconcat version 1.0\nfile secret.mp3\n")), "bad_media");
  EXPECT_EQ(FetchError(Sound("b.mp3", "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n" +
                                          (folder_.path() / "secret.mp3").string() + "\n#EXT-X-ENDLIST\n")),
            "bad_media");
}

TEST_F(CachedAudioSourceTest, NormalizesLoudnessWhenItIsWanted) {
  const Track quiet = Sound("quiet.wav", Media("wav"));
  const std::string plain = ReadFile(Fetch(quiet)->path);
  options_.normalize_loudness = true;
  options_.cache_directory = folder_.path() / "second";
  Restart();
  const AudioFilePtr file = Fetch(quiet);
  EXPECT_NEAR(static_cast<double>(file->length.count()), 3'000, 100);
  EXPECT_NE(ReadFile(file->path), plain);
}

TEST_F(CachedAudioSourceTest, SaysWhichProgramIsMissing) {
  EXPECT_TRUE(source_->MissingPrograms().empty());
  options_.yt_dlp = "no-yt-dlp-here";
  options_.ffmpeg = "/nowhere/ffmpeg";
  Restart();
  const auto missing = source_->MissingPrograms();
  ASSERT_EQ(missing.size(), 2U);
  EXPECT_THAT(missing[0], HasSubstr("no-yt-dlp-here"));
  EXPECT_THAT(missing[1], HasSubstr("/nowhere/ffmpeg"));
  EXPECT_EQ(FetchError(At("/tone.mp3")), "internal");
  EXPECT_EQ(FetchError(Sound("a.wav", Media("wav"))), "internal");
  ExpectNothingLeft();
}

TEST_F(CachedAudioSourceTest, SurvivesAnFfmpegThatFailsInOddWays) {
  const Track track = Sound("a.wav", Media("wav"));
  for (const auto& [script, error] : std::map<std::string, std::string>{
           {"exit 0", "bad_media"},  // and has written nothing
           {"for last; do :; done; echo junk > \"${last#file:}\"", "internal"},
           {"for last; do :; done; : > \"${last#file:}\"", "internal"},
           {"echo 'x.opus: No space left on device' >&2; exit 1", "internal"},
           {"kill -KILL $$", "internal"},
           {"kill -XFSZ $$", "too_large"},
       }) {
    options_.ffmpeg = FakeProgram(script);
    Restart();
    EXPECT_EQ(FetchError(track), error) << script;
  }
  ExpectNothingLeft();
}

TEST_F(CachedAudioSourceTest, ReadsWhatYtDlpSaysAboutTheTrack) {
  WriteFile(folder_.path() / "tone.wav", Media("wav"));
  const std::string copy = "cp " + (folder_.path() / "tone.wav").string() + " media.wav; : > media.mkv.part; ";
  for (const auto& [facts, title] : std::map<std::string, std::string>{
           {R"({"title": "A \u00fc\nB", "duration": 3.1})", "A \xC3\xBC B"},
           {R"({"title": 7, "duration": -1e400})", ""},
           {"[", ""},
       }) {
    options_.yt_dlp = FakeProgram(copy + "cat > facts.json <<'END'\n" + facts + "\nEND");
    Restart();
    EXPECT_EQ(Fetch({.key = "url:" + facts, .url = "http://x/", .title = "x"})->title, title) << facts;
  }
}

TEST_F(CachedAudioSourceTest, FailsInWordsWhenTheDatabaseDoes) {
  database_.Query("ALTER TABLE audio_cache RENAME TO elsewhere");
  EXPECT_EQ(FetchError(Sound("a.wav", Media("wav"))), "internal");
  EXPECT_THROW((void)source_->FindCached(At("/tone.mp3")), DatabaseError);
  database_.Query("ALTER TABLE elsewhere RENAME TO audio_cache");
  ExpectNothingLeft();
}

TEST_F(CachedAudioSourceTest, LeavesNoFileWhenItsRowCannotBeWritten) {
  database_.Query(
      "CREATE TRIGGER full BEFORE INSERT ON audio_cache BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
  EXPECT_EQ(FetchError(Sound("a.wav", Media("wav"))), "internal");
  ExpectNothingLeft();
}

TEST_F(CachedAudioSourceTest, RefusesOptionsOutOfRange) {
  const auto refused = [this](auto change) {
    AudioOptions options = options_;
    options.cache_directory = folder_.path() / "another";
    change(options);
    EXPECT_THROW(CachedAudioSource(options, database_, telemetry_), std::invalid_argument);
  };
  refused([](AudioOptions& options) { options.bitrate_kbps = 8; });
  refused([](AudioOptions& options) { options.cache_max_bytes = 0; });
  refused([](AudioOptions& options) { options.max_length = 0ms; });
  refused([](AudioOptions& options) { options.download_retries = -1; });
  refused([](AudioOptions& options) { options.cache_directory.clear(); });
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "another"));
}

}  // namespace
}  // namespace disruptor::music
