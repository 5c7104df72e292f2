#include "apps/disruptor/music/audio/program_failure.hpp"

#include <gtest/gtest.h>

#include <csignal>

namespace disruptor::music {
namespace {

using End = ChildResult::End;

std::string Download(const std::string& errors, int status = 1) {
  return ToString(ExplainDownload({.exit_status = status, .errors = errors}).type());
}

std::string Transcode(const std::string& errors) {
  return ToString(ExplainTranscode({.exit_status = 1, .errors = errors}).type());
}

TEST(ProgramFailure, KnowsWhatYtDlpSays) {
  EXPECT_EQ(Download("ERROR: [youtube] abc: Video unavailable. This video has been removed"), "not_found");
  EXPECT_EQ(Download("ERROR: [youtube] abc: Private video. Sign in if you've been granted access"), "unavailable");
  EXPECT_EQ(Download("ERROR: [youtube] abc: Sign in to confirm your age"), "unavailable");
  EXPECT_EQ(Download("ERROR: The uploader has not made this video available in your country"), "unavailable");
  EXPECT_EQ(Download("ERROR: unable to download video data: HTTP Error 403: Forbidden"), "unavailable");
  EXPECT_EQ(Download("ERROR: HTTP Error 503: Service Unavailable"), "unavailable");
  EXPECT_EQ(Download("ERROR: <urlopen error [Errno -2] Name or service not known>"), "not_found");
  EXPECT_EQ(Download("ERROR: unable to write data: [Errno 28] No space left on device"), "internal");
  EXPECT_EQ(Download("ERROR: unable to write data: [Errno 27] File too large"), "too_large");
  EXPECT_EQ(Download("Traceback (most recent call last): what nobody has seen before"), "unavailable");
  EXPECT_EQ(Download("yt-dlp: error: no such option: --print-to-file", 2), "internal");
  EXPECT_EQ(Download("", 0), "bad_media");
}

TEST(ProgramFailure, KnowsWhatFfmpegSays) {
  EXPECT_EQ(Transcode("Stream map '0:a:0' matches no streams."), "bad_media");
  EXPECT_EQ(Transcode("av_interleaved_write_frame(): No space left on device"), "internal");
  EXPECT_EQ(Transcode("Unknown encoder 'libopus'"), "internal");
  EXPECT_EQ(Transcode("something new"), "bad_media");
}

TEST(ProgramFailure, KnowsHowAProgramWasEnded) {
  EXPECT_EQ(ExplainDownload({.end = End::kStopped}).type(), MediaError::Type::kStopped);
  EXPECT_EQ(ExplainDownload({.end = End::kTimeLimit}).type(), MediaError::Type::kTimeout);
  EXPECT_EQ(ExplainDownload({.end = End::kSignalled, .signal = SIGKILL}).type(), MediaError::Type::kInternal);
  EXPECT_EQ(ExplainTranscode({.end = End::kStopped}).type(), MediaError::Type::kStopped);
  EXPECT_EQ(ExplainTranscode({.end = End::kTimeLimit}).type(), MediaError::Type::kTimeout);
  EXPECT_EQ(ExplainTranscode({.end = End::kTooMuchOutput}).type(), MediaError::Type::kInternal);
  EXPECT_EQ(ExplainTranscode({.end = End::kSignalled, .signal = SIGXFSZ}).type(), MediaError::Type::kTooLarge);
  EXPECT_EQ(DescribeEnd({.exit_status = 3}), "exit status 3");
  EXPECT_EQ(DescribeEnd({.end = End::kSignalled, .signal = 11}), "signal 11");
}

TEST(ProgramFailure, ShowsLastWordsWithoutSecrets) {
  guildscope::Redactor redactor;
  redactor.AddSecret("hunter2");
  const auto shown = [&](const std::string& errors, std::size_t bytes = 2'000) {
    return LastWords({.output = "out", .errors = errors}, redactor, bytes);
  };
  EXPECT_EQ(shown("first\nERROR: 'http://me:pw@h/a?token=abc&v=1' https://h/b?sig=x \xFF\n\n"),
            "first\nERROR: 'http://REDACTED:REDACTED@h/a?token=REDACTED&v=1' https://h/b?sig=REDACTED \xEF\xBF\xBD");
  EXPECT_EQ(shown("http://h/hunter2"), "http://h/***");
  EXPECT_EQ(shown("http:// and https://"), "REDACTED and REDACTED");
  EXPECT_EQ(shown(""), "out");
  EXPECT_EQ(shown(std::string(10'000, 'x') + "end", 5), "xxend");
  EXPECT_EQ(shown("http://h/?token=" + std::string(10'000, 'x'), 12), "ken=REDACTED");
}

}  // namespace
}  // namespace disruptor::music
