#include "apps/disruptor/music/search/query_parser.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace disruptor::music {
namespace {

using ::testing::HasSubstr;

/// `kind text`, or the refusal.
std::string Parse(std::string_view text, const ParseOptions& options = {}) {
  const ParsedQuery parsed = ParseQuery(text, options);
  if (!parsed.query) return parsed.refusal;
  EXPECT_EQ(parsed.refusal, "");
  switch (parsed.query->kind) {
    case QueryKind::kSearch:
      return "words " + parsed.query->text;
    case QueryKind::kUrl:
      return "url " + parsed.query->text;
    case QueryKind::kSound:
      return "sound " + parsed.query->text;
    case QueryKind::kYouTubeVideo:
      return "video " + parsed.query->text;
    case QueryKind::kYouTubePlaylist:
      return "list " + parsed.query->text;
    case QueryKind::kSpotifyTrack:
      return "track " + parsed.query->text;
    case QueryKind::kSpotifyAlbum:
      return "album " + parsed.query->text;
    case QueryKind::kSpotifyPlaylist:
      return "playlist " + parsed.query->text;
  }
  return "nothing";
}

TEST(ParseQuery, TakesWordsForASearch) {
  EXPECT_EQ(Parse("  never gonna give you up \n"), "words never gonna give you up");
  EXPECT_EQ(Parse("AC/DC: Thunderstruck"), "words AC/DC: Thunderstruck");
  EXPECT_EQ(Parse("Re:Zero opening"), "words Re:Zero opening");
  EXPECT_EQ(Parse("東京の雨"), "words 東京の雨");
  EXPECT_EQ(Parse("youtube.com"), "words youtube.com");
  EXPECT_EQ(Parse("<3"), "words <3");
  EXPECT_EQ(Parse("-o /etc/passwd"), "words -o /etc/passwd");
}

TEST(ParseQuery, KnowsYouTubeVideosInAllTheirLinks) {
  for (const char* text :
       {"https://www.youtube.com/watch?v=dQw4w9WgXcQ", "http://youtube.com/watch?v=dQw4w9WgXcQ",
        "https://m.youtube.com/watch?app=desktop&v=dQw4w9WgXcQ", "https://music.youtube.com/watch?v=dQw4w9WgXcQ&si=abc",
        "https://youtu.be/dQw4w9WgXcQ?t=42", "https://youtube.com/shorts/dQw4w9WgXcQ",
        "https://www.youtube.com/live/dQw4w9WgXcQ?si=x", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ",
        "<https://youtu.be/dQw4w9WgXcQ>", "HTTPS://WWW.YOUTUBE.COM/watch?v=dQw4w9WgXcQ#t=1",
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&list=PL0123456789&index=3", "youtu.be/dQw4w9WgXcQ",
        "www.youtube.com/watch?v=dQw4w9WgXcQ"}) {
    EXPECT_EQ(Parse(text), "video dQw4w9WgXcQ") << text;
  }
}

TEST(ParseQuery, KnowsYouTubePlaylists) {
  EXPECT_EQ(Parse("https://www.youtube.com/playlist?list=PLabc_DEF-123"), "list PLabc_DEF-123");
  EXPECT_EQ(Parse("https://music.youtube.com/playlist?list=OLAK5uy_abc"), "list OLAK5uy_abc");
  EXPECT_THAT(Parse("https://www.youtube.com/playlist?list=RDabc"), HasSubstr("mixes"));
  EXPECT_THAT(Parse("https://www.youtube.com/playlist?list=WL"), HasSubstr("yours alone"));
}

TEST(ParseQuery, SaysWhatIsWrongWithAYouTubeLink) {
  EXPECT_THAT(Parse("https://www.youtube.com/watch?v=short"), HasSubstr("no valid video"));
  EXPECT_THAT(Parse("https://youtu.be/"), HasSubstr("no valid video"));
  EXPECT_THAT(Parse("https://www.youtube.com/watch?v=dQw4w9WgXc%2F"), HasSubstr("no valid video"));
  EXPECT_THAT(Parse("https://www.youtube.com/playlist"), HasSubstr("no valid playlist"));
  EXPECT_THAT(Parse("https://www.youtube.com/@someone"), HasSubstr("neither a video nor a playlist"));
}

TEST(ParseQuery, KnowsSpotifysLinks) {
  const std::string id = "4uLU6hMCjMI75M1A2tKUQC";
  EXPECT_EQ(Parse("https://open.spotify.com/track/" + id + "?si=abc"), "track " + id);
  EXPECT_EQ(Parse("https://open.spotify.com/intl-de/album/" + id), "album " + id);
  EXPECT_EQ(Parse("https://open.spotify.com/embed/playlist/" + id), "playlist " + id);
  EXPECT_EQ(Parse("open.spotify.com/playlist/" + id), "playlist " + id);
  EXPECT_EQ(Parse("spotify:track:" + id), "track " + id);
  EXPECT_EQ(Parse("spotify:album:" + id), "album " + id);
  EXPECT_THAT(Parse("https://open.spotify.com/artist/" + id), HasSubstr("tracks, albums and playlists"));
  EXPECT_THAT(Parse("spotify:episode:" + id), HasSubstr("tracks, albums and playlists"));
  EXPECT_THAT(Parse("spotify:"), HasSubstr("tracks, albums and playlists"));
  EXPECT_THAT(Parse("https://open.spotify.com/track/" + id.substr(1)), HasSubstr("not whole"));
  EXPECT_THAT(Parse("https://open.spotify.com/track/..%2F..%2Fv1%2Fme%2Fplayer"), HasSubstr("not whole"));
  EXPECT_THAT(Parse("https://spotify.link/abc"), HasSubstr("short link"));
}

TEST(ParseQuery, KnowsSoundsByTheirNameWithOrWithoutExtension) {
  const ParseOptions options{.sounds = {"air horn.ogg", "Bell.mp3", "bell.wav"}};
  EXPECT_EQ(Parse("air horn", options), "sound air horn.ogg");
  EXPECT_EQ(Parse("AIR HORN.OGG", options), "sound air horn.ogg");
  EXPECT_EQ(Parse("bell.wav", options), "sound bell.wav");
  EXPECT_EQ(Parse("bell", options), "sound Bell.mp3");
  EXPECT_EQ(Parse("horn", options), "words horn");
  EXPECT_EQ(Parse("../air horn.ogg", options), "words ../air horn.ogg");
}

TEST(ParseQuery, TakesOtherLinksAsTheyAreWithoutFragment) {
  EXPECT_EQ(Parse("https://example.com/a%20song.mp3?x=1#t=3"), "url https://example.com/a%20song.mp3?x=1");
  EXPECT_EQ(Parse("HTTP://EXAMPLE.com/A"), "url http://EXAMPLE.com/A");
  EXPECT_EQ(Parse("https://youtube.com:8443/watch?v=dQw4w9WgXcQ"), "url https://youtube.com:8443/watch?v=dQw4w9WgXcQ");
  EXPECT_EQ(Parse("https://notyoutube.com/watch?v=dQw4w9WgXcQ"), "url https://notyoutube.com/watch?v=dQw4w9WgXcQ");
}

TEST(ParseQuery, RefusesWhatIsNoHttp) {
  for (const char* text : {"file:///etc/passwd", "file:/etc/passwd", "ftp://example.com/a.mp3", "gopher://x.org",
                           "rtmp://example.com/live", "<ftp://example.com/a b>", "-://x"}) {
    EXPECT_THAT(Parse(text), HasSubstr("http:// or https://")) << text;
  }
}

TEST(ParseQuery, RefusesLinksIntoPrivateNetworksUnlessTheyAreAllowed) {
  for (const char* text : {"http://127.0.0.1/a.mp3", "http://localhost:8080/", "http://2130706433/", "http://0x7f.1/",
                           "http://017700000001/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://192.168.0.1/",
                           "http://169.254.169.254/latest/meta-data", "http://printer.local/", "http://db.internal/",
                           "http://router/", "http://127.0.0.1.:80/", "http://LocalHost/", "http://%31%32%37.0.0.1/",
                           "http://[fe80::1%25eth0]/", "http://0/"}) {
    EXPECT_EQ(Parse(text), "Links into a private network are not played.") << text;
    EXPECT_THAT(Parse(text, {.allow_private_addresses = true}), ::testing::StartsWith("url http://")) << text;
  }
}

TEST(ParseQuery, RefusesLinksThatParsersReadDifferently) {
  EXPECT_THAT(Parse("https://user:password@example.com/"), HasSubstr("password"));
  EXPECT_THAT(Parse("https://user@example.com/"), HasSubstr("password"));
  EXPECT_THAT(Parse("https://:@example.com/"), HasSubstr("password"));
  EXPECT_THAT(Parse("https://example.com\\@127.0.0.1/"), HasSubstr("cannot be read"));
  EXPECT_THAT(Parse("https://exa mple.com/"), HasSubstr("cannot be read"));
  EXPECT_THAT(Parse("https://example.com/\x01"), HasSubstr("cannot be read"));
  EXPECT_THAT(Parse("https://"), HasSubstr("cannot be read"));
  EXPECT_THAT(Parse("https://example.com:99999/"), HasSubstr("cannot be read"));
  EXPECT_THAT(Parse("http://１２７.0.0.1/"), HasSubstr("unusual characters"));
  EXPECT_THAT(Parse("http://ⓛocalhost/"), HasSubstr("unusual characters"));
  EXPECT_EQ(Parse("https://example.com/a@b"), "url https://example.com/a@b");
}

TEST(ParseQuery, RefusesWhatIsEmptyTooLongOrNoText) {
  EXPECT_THAT(Parse(" \t\n"), HasSubstr("Say what to play"));
  EXPECT_THAT(Parse("\xff\xfe"), HasSubstr("no text"));
  EXPECT_THAT(Parse(std::string_view("a\0b", 3)), HasSubstr("no text"));
  EXPECT_EQ(Parse(std::string(200, 'a')), "words " + std::string(200, 'a'));
  EXPECT_THAT(Parse(std::string(201, 'a')), HasSubstr("200 characters at most"));
  EXPECT_THAT(Parse("https://example.com/" + std::string(2'000, 'a')), HasSubstr("2000 characters at most"));
}

}  // namespace
}  // namespace disruptor::music
