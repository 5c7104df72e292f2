#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "apps/disruptor/music/media.hpp"
#include "apps/disruptor/music/player/players.hpp"

namespace disruptor::music {

/// Who wants something played, and where.
struct Asked {
  Snowflake guild = 0;
  Snowflake text_channel = 0;
  Snowflake voice_channel = 0;
  Snowflake user = 0;
  guildscope::tracing::SpanContext span;  ///< The command's.
};

enum class RequestState {
  kWaiting,  ///< To be searched, downloaded, or for its turn.
  kReady,    ///< Downloaded; it plays, or waits to be played.
  kPlayed,   ///< To its end, or until somebody skipped it.
  kFailed,
  kStopped,  ///< Nobody wants it any more.
};

/// `waiting`, `ready`, `played`, `failed`, `stopped`.
[[nodiscard]] const char* ToString(RequestState state) noexcept;

/// What became of a request on its way to the player: a track with its audio, or a problem.
struct Outcome {
  Request request;
  Track track;
  AudioFilePtr audio;   ///< Null: it failed.
  std::string problem;  ///< For the user.
};

/// How far the requests of a bundle are.
struct BundleCounts {
  std::size_t total = 0;
  std::size_t waiting = 0;
  std::size_t ready = 0;
  std::size_t played = 0;
  std::size_t failed = 0;
  std::size_t stopped = 0;
};

/// What one /play asked for: one request or many, and how far they are.
///
/// Threads: one at a time. Lifetime: a value.
class Bundle {
 public:
  struct Entry {
    std::string request;      ///< Its uuid.
    std::string description;  ///< For people.
    RequestState state = RequestState::kWaiting;
    std::string problem;  ///< For people; of a failed one.
    std::optional<Outcome> held;
  };

  /// Of one request, whose uuid and description these are.
  Bundle(std::string uuid, const Asked& asked, std::string request, std::string description);

  /// The only request is a playlist: from now on the bundle has one request for each of `descriptions`, the first with
  /// the uuid of the one that asked. Nothing when the bundle has many already, or the list is empty.
  std::vector<Request> Expand(std::string title, const std::vector<std::string>& descriptions);

  /// Says what a request turned out to be.
  void Describe(const std::string& request, std::string description);

  /// Takes what became of a request, and gives what may go to the player now: in the order of the playlist, whatever
  /// the order in which downloads end. A request that does not wait any more gives nothing.
  std::vector<Outcome> Settle(Outcome outcome);

  /// A player is done with a request.
  void SetPlayed(const std::string& request, PlayEnd end, const std::string& problem);

  /// Nobody wants the rest.
  void Stop();

  /// The request still waits.
  [[nodiscard]] bool Wants(const std::string& request) const;
  /// All requests are played, failed or stopped.
  [[nodiscard]] bool ended() const noexcept;
  [[nodiscard]] bool stopped() const noexcept { return stopped_; }
  [[nodiscard]] BundleCounts Counts() const noexcept;

  [[nodiscard]] const std::string& uuid() const noexcept { return uuid_; }
  [[nodiscard]] const Asked& asked() const noexcept { return asked_; }
  /// Of the playlist or album; empty for one track.
  [[nodiscard]] const std::string& title() const noexcept { return title_; }
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  /// Null when it has no such request.
  [[nodiscard]] const Entry* Find(const std::string& request) const;
  /// One of them, as it travels.
  [[nodiscard]] Request MakeRequest(const std::string& uuid) const;

 private:
  [[nodiscard]] Entry* FindToChange(const std::string& request);

  std::string uuid_;
  Asked asked_;
  std::string title_;
  std::vector<Entry> entries_;
  std::unordered_map<std::string, std::size_t> places_;  // by the uuid of the request
  std::size_t next_ = 0;                                 // the first that has not gone to the player
  bool stopped_ = false;
};

/// What the progress message says: at most 2,000 characters, nothing in it pings anyone or is taken for markup.
[[nodiscard]] std::string DescribeProgress(const Bundle& bundle);

/// The same for a bundle that a restart has ended.
[[nodiscard]] std::string DescribeRestart(const std::string& title, std::size_t total, std::size_t unplayed);

/// Text of strangers in a message: no markup, no mentions, one line, at most so many characters.
[[nodiscard]] std::string PlainText(std::string_view text, std::size_t most = 100);

}  // namespace disruptor::music
