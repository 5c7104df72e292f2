#include "apps/disruptor/music/pipeline/pipeline.hpp"

#include <limits>
#include <stdexcept>
#include <thread>
#include <utility>

#include "guildscope/metrics/catalogue.hpp"

namespace disruptor::music {
namespace {

using guildscope::health::BackgroundJob;
using guildscope::health::BackgroundLoopOptions;
using guildscope::health::Iteration;
using guildscope::health::JobRun;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kMostWorkers = 32;
constexpr milliseconds kPoll{1'000};       // those who are woken need none
constexpr milliseconds kMessagePoll{250};  // edits become due by themselves
constexpr milliseconds kFinishStep{5};
constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

std::size_t Workers(std::size_t count, const char* name) {
  if (count >= 1 && count <= kMostWorkers) return count;
  throw std::invalid_argument(std::string(name) + " is " + std::to_string(count) + "; accepted: 1 to " +
                              std::to_string(kMostWorkers));
}

bool StopAll(const std::vector<std::unique_ptr<BackgroundJob>>& jobs, steady_clock::time_point deadline) {
  bool stopped = true;
  for (const auto& job : jobs) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - steady_clock::now());
    stopped = job->Stop(std::max(left, milliseconds(0))) && stopped;
  }
  return stopped;
}

}  // namespace

Pipeline::Pipeline(PipelineParts parts, const PipelineOptions& options)
    : parts_(std::move(parts)),
      options_(options),
      messages_(options.progress, parts_.clock),
      bundles_(journal_, messages_, parts_.clock),
      after_play_(bundles_, journal_, messages_, parts_.store, parts_.logger),
      searches_(options.queues, parts_.clock),
      downloads_(options.queues, parts_.clock),
      // As many as workers had; the stages before it are bounded.
      results_({kNoLimit, kNoLimit}, parts_.clock) {
  (void)Workers(options.search_workers, "search_workers");
  (void)Workers(options.download_workers, "download_workers");
}

Pipeline::~Pipeline() {
  gauges_.clear();
  // Outside of the lock, for they may wake each other until the last has ended.
  std::vector<std::vector<Job>> ending;
  {
    const std::lock_guard lock(jobs_mutex_);
    for (auto* jobs : {&search_jobs_, &download_jobs_, &route_jobs_, &message_jobs_, &chores_, &after_play_jobs_}) {
      ending.push_back(std::exchange(*jobs, {}));
    }
  }
}

BackgroundLoopOptions Pipeline::LoopOptions(const std::string& name, milliseconds interval) const {
  BackgroundLoopOptions options{.interval = interval};
  options.on_error = [logger = parts_.logger, name](std::string_view what) { logger.Error("{}: {}", name, what); };
  return options;
}

Pipeline::Job Pipeline::MakeJob(const char* name, milliseconds interval, milliseconds stale_after,
                                Iteration (Pipeline::*iterate)(JobRun&)) {
  BackgroundLoopOptions options = LoopOptions(name, interval);
  if (stale_after.count() > 0) options.health.stale_after = stale_after;
  return std::make_unique<BackgroundJob>(
      parts_.health, parts_.tracer, name, [this, iterate](JobRun& run) { return (this->*iterate)(run); },
      std::move(options));
}

void Pipeline::Start() {
  Observe();
  const std::lock_guard lock(jobs_mutex_);
  after_play_jobs_.push_back(std::make_unique<BackgroundJob>(
      parts_.health, parts_.tracer, "post_play_processing", [this](JobRun& run) { return after_play_.Run(run); },
      LoopOptions("post_play_processing", kPoll)));
  message_jobs_.push_back(MakeJob("send_messages", kMessagePoll, milliseconds(0), &Pipeline::RunMessages));
  route_jobs_.push_back(MakeJob("process_download_results", kPoll, milliseconds(0), &Pipeline::RunRoute));
  for (std::size_t i = 0; i < options_.download_workers; ++i) {
    download_jobs_.push_back(MakeJob("download_files", kPoll, options_.download_stale_after, &Pipeline::RunDownload));
  }
  for (std::size_t i = 0; i < options_.search_workers; ++i) {
    search_jobs_.push_back(MakeJob("youtube_search", kPoll, options_.search_stale_after, &Pipeline::RunSearch));
  }
  for (const Chore& chore : parts_.chores) {
    chores_.push_back(std::make_unique<BackgroundJob>(parts_.health, parts_.tracer, chore.name, chore.iterate,
                                                      LoopOptions(chore.name, chore.interval)));
  }
}

void Pipeline::Observe() {
  using namespace guildscope::metrics;
  gauges_.push_back(parts_.registry.Observe(catalogue::kMusicQueueDepth, [this](Observer<1>& observe) {
    observe(static_cast<double>(searches_.depth()), {"search"});
    observe(static_cast<double>(downloads_.depth()), {"download"});
    observe(static_cast<double>(parts_.players.queued()), {"player"});
  }));
  gauges_.push_back(parts_.registry.Observe(catalogue::kMusicMultirequestBundles, [this](Observer<1>& observe) {
    for (const auto& [guild, count] : bundles_.CountMany()) {
      observe(static_cast<double>(count), {std::to_string(guild)});
    }
  }));
}

bool Pipeline::Stop(milliseconds limit) {
  ending_ = true;
  const auto deadline = steady_clock::now() + limit;
  const auto groups = {&search_jobs_, &download_jobs_, &route_jobs_, &message_jobs_, &chores_};
  for (const auto* jobs : groups) StopAll(*jobs, steady_clock::now());  // all are asked before one is waited for
  bool stopped = true;
  for (const auto* jobs : groups) stopped = StopAll(*jobs, deadline) && stopped;
  return stopped;
}

bool Pipeline::Finish(milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  Wake(after_play_jobs_);
  while (!after_play_.idle() && steady_clock::now() < deadline) std::this_thread::sleep_for(kFinishStep);
  return StopAll(after_play_jobs_, deadline) && after_play_.idle();
}

PlayAnswer Pipeline::Play(const Asked& asked, Query query, const std::string& description) {
  if (ending_) return PlayAnswer::kEnding;
  const Request request = bundles_.Open(asked, description);
  if (!searches_.Push(asked.guild, {request, std::move(query), 0})) {
    bundles_.Drop(request);
    return PlayAnswer::kFull;
  }
  Wake(search_jobs_);
  WakeTellers();
  return PlayAnswer::kTaken;
}

void Pipeline::Cancel(Snowflake guild, bool tell) {
  {
    const std::lock_guard lock(route_mutex_);
    bundles_.StopGuild(guild, tell);
  }
  searches_.Cancel(guild);
  downloads_.Cancel(guild);
  results_.Cancel(guild);
  WakeTellers();
}

void Pipeline::OnPlayed(Played played) {
  after_play_.Add(std::move(played), ending_);
  Wake(after_play_jobs_);
}

void Pipeline::EndLeftovers(std::function<bool(Snowflake)> mine) {
  after_play_.EndLeftovers(std::move(mine));
  Wake(after_play_jobs_);
}

void Pipeline::Wake(const std::vector<Job>& jobs) {
  const std::lock_guard lock(jobs_mutex_);
  for (const Job& job : jobs) job->Wake();
}

void Pipeline::WakeTellers() {
  Wake(message_jobs_);
  Wake(after_play_jobs_);
}

Iteration Pipeline::RunMessages(JobRun& run) {
  const auto due = messages_.TakeDue();
  if (due.empty()) return Iteration::kIdle;
  guildscope::tracing::SpanOptions options;
  for (const auto& message : due) {
    if (message.asked.valid() && options.links.size() < 16) options.links.push_back(message.asked);
  }
  run.Begin(std::move(options)).SetAttribute({"music.messages", due.size()});
  for (const auto& message : due) {
    parts_.sender.Send(message.channel, message.message, message.text,
                       [this, bundle = message.bundle](MessageSender::Outcome outcome, Snowflake id) {
                         if (!messages_.Sent(bundle, outcome, id)) return;
                         journal_.Add(MessageRow{bundle, id});
                         Wake(after_play_jobs_);
                       });
  }
  return Iteration::kIdle;
}

}  // namespace disruptor::music
