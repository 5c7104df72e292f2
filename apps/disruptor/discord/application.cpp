#include "apps/disruptor/discord/application.hpp"

#include <algorithm>
#include <cstdlib>
#include <future>
#include <random>
#include <thread>
#include <utility>

#include "apps/disruptor/database/schema.hpp"
#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/profiling/task_count.hpp"

namespace disruptor {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr const char* kSchedulerJob = "random_join_scheduler";
constexpr std::size_t kMostWaitingTasks = 20'000;
constexpr unsigned kDppThreads = 8;
constexpr milliseconds kSchedulerInterval{200};
constexpr milliseconds kMusicStopLimit{800};
constexpr milliseconds kVoiceStopLimit{1'300};
constexpr milliseconds kAnswerStopLimit{700};
constexpr milliseconds kDppStopLimit{1'500};

// The bot's own member and those in voice come with a guild; nobody else's are kept. Roles and channels are for
// permissions.
constexpr dpp::cache_policy_t kCachePolicy{dpp::cp_aggressive, dpp::cp_none, dpp::cp_aggressive, dpp::cp_aggressive,
                                           dpp::cp_aggressive};

std::string DescribePlace(const DiscordSettings& settings) {
  return settings.standin.empty() ? "Discord" : "the stand-in at " + settings.standin;
}

std::uint64_t MakeSeed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::unique_ptr<dpp::cluster> MakeCluster(const DiscordSettings& settings) {
  return std::make_unique<dpp::cluster>(settings.token, dpp::i_guilds | dpp::i_guild_voice_states, settings.shards,
                                        settings.cluster_id, settings.clusters, /*compressed=*/true, kCachePolicy,
                                        kDppThreads);
}

}  // namespace

Application::Application(const BotSettings& settings, guildscope::Telemetry& telemetry, Hooks hooks)
    : settings_(settings),
      telemetry_(telemetry),
      hooks_(std::move(hooks)),
      logger_(telemetry.logger("disruptor")),
      where_(DescribePlace(settings.discord)),
      sqlite_statements_(guildscope::sqlite::Instrument(telemetry)),
      postgres_statements_(guildscope::postgres::Instrument(telemetry)),
      database_(settings.database.url, {.max_connections = settings.database.pool_size}, telemetry),
      store_(database_),
      bot_(MakeCluster(settings.discord)),
      instrumentation_(guildscope::dpp::Instrument(*bot_, telemetry)),
      loop_(*bot_),
      random_(MakeSeed()),
      scheduler_(telemetry.clock(), random_, settings.scheduler.jitter),
      links_(*bot_, loop_, /*dave=*/true, telemetry.logger("voice")),
      playback_(*bot_, links_),
      gateway_(*bot_, loop_, links_),
      voice_(gateway_, telemetry.metrics(), telemetry.clock(), {.join = settings.voice.join_timeout}),
      directory_(*bot_, loop_),
      jobs_(telemetry.metrics(), telemetry.tracer(), telemetry.clock()),
      retries_(telemetry.metrics(), telemetry.tracer(), {.clock = &telemetry.clock()}),
      pool_(settings.scheduler.workers, kMostWaitingTasks,
            [this](std::string_view what) { logger_.Error("a worker's task failed: {}", what); }),
      runner_(*bot_, pool_, retries_, telemetry.clock(), telemetry.logger("commands")) {
  database_.Migrate(SchemaMigrations());
  book_.emplace(store_, GuildDefaults{settings.scheduler.default_interval, settings.scheduler.default_chance});
  music_.emplace(
      MusicParts{telemetry, *bot_, pool_, retries_, database_, directory_, voice_, playback_, random_, runner_},
      settings.music);
  random_join_.emplace(RandomJoinParts{jobs_, [this](Snowflake guild) { return book_->Get(guild).weights; }, directory_,
                                       voice_, pool_, random_, telemetry.clock(), &music_->visits()},
                       settings.voice.stay, telemetry.logger("scheduler"));
  commands_.emplace(CommandParts{runner_,
                                 *bot_,
                                 telemetry,
                                 loop_,
                                 pool_,
                                 *book_,
                                 scheduler_,
                                 voice_,
                                 directory_,
                                 *random_join_,
                                 {settings.scheduler.minimum_interval, kMaximumInterval}});
  Listen();
}

Application::~Application() {
  // An exception is on its way; there is no time to wait for D++, and nothing may be destroyed under it.
  if (Stop(steady_clock::now() + kDppStopLimit)) return;
  telemetry_.logging().Flush();
  std::_Exit(static_cast<int>(ExitStatus::kFailed));
}

void Application::Listen() {
  bot_->on_log([this](const dpp::log_t& event) { OnLog(event); });
  bot_->on_ready([this](const dpp::ready_t& event) { OnReady(event); });
  bot_->on_guild_create([this](const dpp::guild_create_t& event) { CheckGuild(event.created.id); });
  bot_->on_guild_delete([this](const dpp::guild_delete_t& event) { CheckGuild(event.guild_id); });
  bot_->on_voice_state_update([this](const dpp::voice_state_update_t& event) {
    if (event.state.user_id != bot_->me.id) return;
    // The links first: what they do about it is done before whoever waits for it asks for the next thing.
    links_.OnOwnVoiceState(event.state.guild_id, event.state.channel_id, event.state.session_id);
    voice_.OnOwnVoiceState(event.state.guild_id, event.state.channel_id);
    if (event.state.channel_id.empty()) music_->OnVoiceLeft(event.state.guild_id);
  });
  bot_->on_voice_server_update([this](const dpp::voice_server_update_t& event) {
    links_.OnVoiceServer(event.guild_id, event.token, event.endpoint);
  });
}

void Application::Start() {
  scheduler_gauge_ = telemetry_.metrics().Observe(
      guildscope::metrics::catalogue::kSchedulerQueueDepth,
      [this](guildscope::metrics::Observer<0>& observe) { observe(static_cast<double>(scheduler_.schedulers())); });
  // What waits for its time, such as the limits of requests, is no task that is alive.
  queued_tasks_ = guildscope::profiling::CountTasks(telemetry_.metrics(), [this] { return pool_.due(); });
  database_check_.emplace(telemetry_.health().AddCheck("db", [this] { return database_.Ping(); }));
  guildscope::health::BackgroundLoopOptions options{.interval = kSchedulerInterval};
  options.on_error = [this](std::string_view what) { logger_.Error("the scheduler failed: {}", what); };
  scheduler_job_.emplace(
      telemetry_.health(), telemetry_.tracer(), kSchedulerJob,
      [this](guildscope::health::JobRun& run) { return RunDueTicks(run); }, std::move(options));
  music_->Start();
  bot_->start(dpp::st_return);
}

guildscope::health::Iteration Application::RunDueTicks(guildscope::health::JobRun& run) {
  const std::vector<Tick> ticks = scheduler_.TakeDue();
  if (!ticks.empty()) run.Begin();
  for (const Tick& tick : ticks) random_join_->Run(tick);
  return guildscope::health::Iteration::kIdle;
}

void Application::OnLog(const dpp::log_t& event) {
  if (event.message.starts_with("Starting with ")) started_ = true;
  const auto failure = FindFailure(event.severity, event.message, started_, where_);
  if (failure) hooks_.on_failure(*failure);
}

void Application::OnReady(const dpp::ready_t& event) {
  started_ = true;
  const std::uint32_t shards = bot_->numshards;
  std::size_t expected = 0;
  for (std::uint32_t shard = 0; shard < shards; ++shard) expected += shard % bot_->maxclusters == bot_->cluster_id;
  bool is_new = false;
  bool is_first = false;
  bool is_last = false;
  {
    const std::lock_guard lock(mutex_);
    is_first = ready_shards_.empty();
    is_new = ready_shards_.insert(event.shard_id).second;
    is_last = is_new && ready_shards_.size() == expected;
  }
  if (!is_new) {
    const auto is_of_shard = [shards, shard = event.shard_id](Snowflake guild) {
      return ShardOf(guild, shards) == shard;
    };
    voice_.OnSessionLost(is_of_shard);
    music_->OnSessionLost(is_of_shard);
    links_.DropAll(is_of_shard);
    ForgetOtherGuilds(event.shard_id, {event.guilds.begin(), event.guilds.end()});
  }
  if (is_first && settings_.discord.cluster_id == 0) commands_->Register();
  if (is_last) {
    music_->OnReady([shards, cluster = bot_->cluster_id, clusters = bot_->maxclusters](Snowflake guild) {
      return ShardOf(guild, shards) % clusters == cluster;
    });
    telemetry_.health().SetReady();
    hooks_.on_ready(expected);
  }
}

void Application::ForgetOtherGuilds(std::uint32_t shard, const std::set<Snowflake>& guilds) {
  for (const Snowflake guild : scheduler_.guilds()) {
    if (ShardOf(guild, bot_->numshards) == shard && !guilds.contains(guild)) LoseGuild(guild, /*gone=*/true);
  }
}

// Events come out of order, for D++ hands them to a pool of threads; what its cache says now is what counts.
void Application::CheckGuild(Snowflake guild) {
  loop_.Post([this, guild] {
    const GuildPresence presence = FindPresence(guild);
    const Snowflake own_channel = FindOwnChannel(guild, bot_->me.id);
    pool_.RunAt(steady_clock::now(), [this, guild, presence, own_channel] {
      if (presence != GuildPresence::kPresent) return LoseGuild(guild, presence == GuildPresence::kGone);
      const GuildSettings settings = book_->Get(guild);
      scheduler_.Set(guild, {settings.interval, settings.chance_percent});
      if (own_channel != 0) voice_.OnOwnVoiceState(guild, own_channel);
    });
  });
}

void Application::LoseGuild(Snowflake guild, bool gone) {
  scheduler_.Remove(guild);
  voice_.OnGuildGone(guild);
  music_->OnGuildGone(guild, gone);
  links_.DropAll([guild](Snowflake other) { return other == guild; });
  if (gone) telemetry_.metrics().RemoveSeries("guild_id", std::to_string(guild));
}

void Application::AwaitAnswers(milliseconds limit) const {
  const auto deadline = steady_clock::now() + limit;
  while (runner_.active() + music_->sending() > 0 && steady_clock::now() < deadline)
    std::this_thread::sleep_for(milliseconds(10));
}

bool Application::Stop(steady_clock::time_point deadline) {
  if (!bot_) return true;
  telemetry_.health().SetReady(false);
  scheduler_job_.reset();
  gateway_.StopWaiting();
  music_->Stop(kMusicStopLimit);
  voice_.Close(kVoiceStopLimit);
  music_->StopJoining();
  AwaitAnswers(kAnswerStopLimit);
  pool_.Stop();
  // While the guilds are still there: the last export says what the bot was, not that it is nothing any more.
  telemetry_.Shutdown();
  database_check_.reset();
  playback_.Close();
  links_.Close();
  loop_.Close();
  // D++ may sleep for seconds between the shards that it starts, and looks at nothing meanwhile. All that matters is
  // done.
  deadline = std::min(deadline, steady_clock::now() + kDppStopLimit);
  std::promise<void> ended;
  auto end = ended.get_future();
  std::thread closing([bot = bot_.get(), ended = std::move(ended)]() mutable {
    bot->shutdown();
    delete bot;
    ended.set_value();
  });
  if (end.wait_until(deadline) != std::future_status::ready) {
    closing.detach();
    return false;
  }
  closing.join();
  bot_.release();  // Not earlier: what D++ still ran while it ended asked it.
  return true;
}

}  // namespace disruptor
