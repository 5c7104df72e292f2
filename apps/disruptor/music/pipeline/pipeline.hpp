#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "apps/disruptor/music/media.hpp"
#include "apps/disruptor/music/pipeline/after_play.hpp"
#include "apps/disruptor/music/pipeline/bundles.hpp"
#include "apps/disruptor/music/pipeline/guild_queue.hpp"
#include "apps/disruptor/music/pipeline/pipeline_options.hpp"
#include "apps/disruptor/music/pipeline/progress_messages.hpp"
#include "apps/disruptor/music/player/players.hpp"
#include "guildscope/health/background_job.hpp"
#include "guildscope/health/health.hpp"
#include "guildscope/logging/logger.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/tracing/tracer.hpp"

namespace disruptor::music {

/// A job that keeps house: a function, and how often it looks.
struct Chore {
  std::string name;
  std::chrono::milliseconds interval{60'000};
  guildscope::health::BackgroundJob::Iterate iterate;
};

/// What the pipeline works with. Lifetime: everything must outlive it.
struct PipelineParts {
  guildscope::metrics::Registry& registry;
  const guildscope::tracing::Tracer& tracer;
  guildscope::health::Health& health;
  guildscope::logging::Logger logger;
  const guildscope::Clock& clock;
  Search& search;
  AudioSource& audio;
  Players& players;
  MusicStore& store;
  MessageSender& sender;
  std::vector<Chore> chores;
};

enum class PlayAnswer {
  kTaken,
  kFull,    ///< The guild, or all of them, have as many waiting as is allowed.
  kEnding,  ///< The bot ends.
};

/// From a request to a player: search, download, cache, route, each a background job with a heartbeat, joined by queues
/// that are bounded and fair by guild.
///
///   /play -> [search queue] youtube_search -> [download queue] download_files -> [results] process_download_results
///         -> the guild's player -> post_play_processing;   send_messages tells how far it is
///
/// Of the searches and downloads several run at once: each worker is a loop of its own, and all of a stage share the
/// job's name, so there is one heartbeat, which is 0 when one of them is stuck.
///
/// A stage is a span (`music search`, `music download`: CLIENT, `music route`: CONSUMER) below the span of the job's
/// iteration, a trace of its own that links to the command's span; each has `music.media_request.uuid`. A request that
/// fails is a problem of its own: it is told, and the job goes on.
///
/// Threads: any. Lifetime: the destructor stops it; Stop before that to stop in a bounded time.
class Pipeline {
 public:
  /// Throws std::invalid_argument for options that make no sense.
  Pipeline(PipelineParts parts, const PipelineOptions& options);
  ~Pipeline();
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  /// Starts the jobs.
  void Start();

  /// Ends searches, downloads and messages; what waits stays in the database, and the next start tells of it. Then the
  /// players may be stopped, and Finish writes what they said. False when something did not end in time.
  bool Stop(std::chrono::milliseconds limit);
  bool Finish(std::chrono::milliseconds limit);

  /// `description`: for people, until it is known what it is.
  PlayAnswer Play(const Asked& asked, Query query, const std::string& description);

  /// Drops everything of this guild that is on its way to the player. `tell`: its messages say so.
  void Cancel(Snowflake guild, bool tell = true);

  /// A player is done with a track. Never blocks.
  void OnPlayed(Played played);

  /// Tells those who asked before a restart that it was interrupted; `mine`: whether a guild is this process's.
  void EndLeftovers(std::function<bool(Snowflake)> mine);

  /// Requests of a guild that have not reached its player.
  [[nodiscard]] std::size_t Waiting(Snowflake guild) const { return bundles_.Waiting(guild); }

 private:
  using Iteration = guildscope::health::Iteration;
  using JobRun = guildscope::health::JobRun;
  using Job = std::unique_ptr<guildscope::health::BackgroundJob>;

  struct SearchItem {
    Request request;
    Query query;
    int depth = 0;  ///< How many searches led to this one.
  };
  struct DownloadItem {
    Request request;
    Track track;
  };
  template <typename Item>
  using WorkPtr = std::shared_ptr<typename GuildQueue<Item>::Work>;

  Iteration RunSearch(JobRun& run);
  Iteration RunDownload(JobRun& run);
  Iteration RunRoute(JobRun& run);
  Iteration RunMessages(JobRun& run);

  void FindMedia(SearchItem& item, const std::stop_token& stop, guildscope::tracing::Span& span);
  void TakeFound(const SearchItem& item, Found found);
  void TakeItem(const Request& request, Found::Item item, int depth);
  void FetchAudio(DownloadItem& item, const std::stop_token& stop, guildscope::tracing::Span& span);
  void Route(Outcome outcome, std::chrono::milliseconds waited);
  void Settle(Outcome outcome);
  void Fail(const Request& request, const std::string& problem);
  template <typename Work>
  void RunStage(const char* name, const Request& request, std::chrono::milliseconds waited, const std::stop_token& stop,
                Work&& work);

  [[nodiscard]] Job MakeJob(const char* name, std::chrono::milliseconds interval, std::chrono::milliseconds stale_after,
                            Iteration (Pipeline::*iterate)(JobRun&));
  [[nodiscard]] guildscope::health::BackgroundLoopOptions LoopOptions(const std::string& name,
                                                                      std::chrono::milliseconds interval) const;
  void Observe();
  void Wake(const std::vector<Job>& jobs);
  void WakeTellers();

  const PipelineParts parts_;
  const PipelineOptions options_;
  Journal journal_;
  ProgressMessages messages_;
  Bundles bundles_;
  AfterPlay after_play_;
  GuildQueue<SearchItem> searches_;
  GuildQueue<DownloadItem> downloads_;
  GuildQueue<Outcome> results_;
  std::mutex route_mutex_;  // between Cancel and what goes to a player
  std::atomic<bool> ending_{false};
  std::vector<guildscope::metrics::Subscription> gauges_;

  // Each group is guarded by jobs_mutex_ against being changed: jobs wake each other from their first moment on.
  std::mutex jobs_mutex_;
  std::vector<Job> search_jobs_;
  std::vector<Job> download_jobs_;
  std::vector<Job> route_jobs_;
  std::vector<Job> message_jobs_;
  std::vector<Job> chores_;
  std::vector<Job> after_play_jobs_;
};

}  // namespace disruptor::music
