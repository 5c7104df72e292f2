#include <exception>
#include <string>
#include <utility>

#include "apps/disruptor/music/pipeline/pipeline.hpp"

namespace disruptor::music {
namespace {

using guildscope::health::Iteration;
using guildscope::health::JobRun;
using guildscope::tracing::Span;
using guildscope::tracing::SpanKind;
using guildscope::tracing::SpanOptions;
using std::chrono::milliseconds;

// A Spotify playlist leads to searches, and each of these to a video.
constexpr int kMostDepth = 3;
constexpr const char* kQueueFull = "too many tracks wait already";
constexpr const char* kOurFault = "something went wrong on my side";

SpanOptions LinkTo(const Request& request) {
  SpanOptions options;
  if (request.asked.valid()) options.links.push_back(request.asked);
  return options;
}

SpanOptions StageOptions(SpanKind kind, const Request& request, milliseconds waited) {
  SpanOptions options = LinkTo(request);
  options.kind = kind;
  options.attributes = {{"music.media_request.uuid", request.uuid},
                        {"music.bundle.uuid", request.bundle},
                        {"guild_id", std::to_string(request.guild)},
                        {"music.queue.wait_ms", waited.count()}};
  return options;
}

const char* ToString(QueryKind kind) noexcept {
  switch (kind) {
    case QueryKind::kSearch:
      return "search";
    case QueryKind::kUrl:
      return "url";
    case QueryKind::kSound:
      return "sound";
    case QueryKind::kYouTubeVideo:
      return "youtube_video";
    case QueryKind::kYouTubePlaylist:
      return "youtube_playlist";
    case QueryKind::kSpotifyTrack:
      return "spotify_track";
    case QueryKind::kSpotifyAlbum:
      return "spotify_album";
    case QueryKind::kSpotifyPlaylist:
      break;
  }
  return "spotify_playlist";
}

}  // namespace

template <typename Work>
void Pipeline::RunStage(const char* name, const Request& request, milliseconds waited, const std::stop_token& stop,
                        Work&& work) {
  auto active = parts_.tracer.StartActive(name, StageOptions(SpanKind::kClient, request, waited));
  try {
    work(active.span());
  } catch (const MediaError& error) {
    if (stop.stop_requested()) {
      active->SetAttribute({"music.stopped", true});
      return;
    }
    active->RecordException(error);
    active->SetError(ToString(error.type()), error.what());
    parts_.logger.Warning("{} failed: {}", name, error.what());
    Fail(request, error.what());
  } catch (...) {
    active->RecordException(std::current_exception());
    Fail(request, kOurFault);
    throw;
  }
}

Iteration Pipeline::RunSearch(JobRun& run) {
  const auto work = searches_.Take(run.stop());
  if (!work) return Iteration::kIdle;
  SearchItem& item = work->item();
  if (!bundles_.Wants(item.request)) return Iteration::kWorked;
  run.Begin(LinkTo(item.request));
  RunStage("music search", item.request, work->waited(), work->stop(),
           [&](Span& span) { FindMedia(item, work->stop(), span); });
  return Iteration::kWorked;
}

void Pipeline::FindMedia(SearchItem& item, const std::stop_token& stop, Span& span) {
  span.SetAttribute({"music.query.kind", ToString(item.query.kind)});
  Found found = parts_.search.Find(item.query, stop);
  if (found.items.empty()) throw MediaError(MediaError::Type::kNotFound, "nothing was found");
  span.SetAttribute({"music.found", found.items.size()});
  parts_.logger.Info("found {}: {} of them", found.title.empty() ? found.items.front().description : found.title,
                     found.items.size());
  TakeFound(item, std::move(found));
}

void Pipeline::TakeFound(const SearchItem& item, Found found) {
  if (found.items.size() > 1 || !found.title.empty()) {
    std::vector<std::string> descriptions;
    descriptions.reserve(found.items.size());
    for (const Found::Item& one : found.items) descriptions.push_back(one.description);
    const auto requests = bundles_.Expand(item.request, found.title, descriptions);
    for (std::size_t i = 0; i < requests.size(); ++i) TakeItem(requests[i], std::move(found.items[i]), item.depth + 1);
    if (!requests.empty()) return;
    // One of many already: what it led to first is what it stands for.
  }
  bundles_.Describe(item.request, found.items.front().description);
  TakeItem(item.request, std::move(found.items.front()), item.depth + 1);
}

void Pipeline::TakeItem(const Request& request, Found::Item item, int depth) {
  if (!item.query.text.empty()) {
    if (depth >= kMostDepth) return Fail(request, kOurFault);
    if (!searches_.Push(request.guild, {request, std::move(item.query), depth})) return Fail(request, kQueueFull);
    Wake(search_jobs_);
  } else {
    if (!downloads_.Push(request.guild, {request, std::move(item.track)})) return Fail(request, kQueueFull);
    Wake(download_jobs_);
  }
  WakeTellers();
}

Iteration Pipeline::RunDownload(JobRun& run) {
  const auto work = downloads_.Take(run.stop());
  if (!work) return Iteration::kIdle;
  DownloadItem& item = work->item();
  if (!bundles_.Wants(item.request)) return Iteration::kWorked;
  run.Begin(LinkTo(item.request));
  RunStage("music download", item.request, work->waited(), work->stop(),
           [&](Span& span) { FetchAudio(item, work->stop(), span); });
  return Iteration::kWorked;
}

void Pipeline::FetchAudio(DownloadItem& item, const std::stop_token& stop, Span& span) {
  span.SetAttribute({"music.track.key", item.track.key});
  AudioFilePtr audio = parts_.audio.FindCached(item.track);
  span.SetAttribute({"music.cache.hit", audio != nullptr});
  if (!audio) audio = parts_.audio.Fetch(item.track, item.request.guild, stop);
  if (!audio) throw MediaError(MediaError::Type::kInternal, kOurFault);
  span.SetAttribute({"music.audio.bytes", audio->bytes});
  span.SetAttribute({"music.audio.length_ms", audio->length.count()});
  parts_.logger.Info("{} is ready: {} bytes", item.track.key, audio->bytes);
  Settle({.request = item.request, .track = std::move(item.track), .audio = std::move(audio), .problem = {}});
}

void Pipeline::Fail(const Request& request, const std::string& problem) {
  Settle({.request = request, .track = {}, .audio = nullptr, .problem = problem});
}

void Pipeline::Settle(Outcome outcome) {
  const Snowflake guild = outcome.request.guild;
  (void)results_.Push(guild, std::move(outcome));  // it has no limit
  Wake(route_jobs_);
}

Iteration Pipeline::RunRoute(JobRun& run) {
  const auto work = results_.Take(run.stop());
  if (!work) return Iteration::kIdle;
  Outcome& outcome = work->item();
  if (!bundles_.Wants(outcome.request)) return Iteration::kWorked;
  run.Begin(LinkTo(outcome.request));
  {
    const std::lock_guard lock(route_mutex_);
    for (Outcome& released : bundles_.Settle(std::move(outcome))) Route(std::move(released), work->waited());
  }
  WakeTellers();
  return Iteration::kWorked;
}

void Pipeline::Route(Outcome outcome, milliseconds waited) {
  auto active = parts_.tracer.StartActive("music route", StageOptions(SpanKind::kConsumer, outcome.request, waited));
  if (!outcome.audio) {
    active->SetAttribute({"music.route", "failed"});
    parts_.logger.Info("a request failed, and who asked is told: {}", outcome.problem);
    return;
  }
  active->SetAttribute({"music.route", "player"});
  parts_.logger.Info("{} goes to the player", outcome.track.key);
  parts_.players.Enqueue({std::move(outcome.request), std::move(outcome.track), std::move(outcome.audio)});
}

}  // namespace disruptor::music
