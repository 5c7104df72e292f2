#include "tests/operator_questions/busy_day.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>

namespace guildscope {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using namespace nlohmann::literals;
using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kCallback = "/interactions/{interaction.id}/{interaction.token}/callback";
constexpr int kRefusedPercent = 13;
constexpr auto kHeld = 500ms;

// SQLite itself counts what is written, whether the insert became an update or not.
constexpr auto kTriggers = R"(
  CREATE TABLE audit (target TEXT);
  CREATE TRIGGER refuse BEFORE INSERT ON guild_settings WHEN NEW.chance_percent = 13
    BEGIN SELECT RAISE(ABORT, 'refused'); END;
  CREATE TRIGGER i1 AFTER INSERT ON guild_settings BEGIN INSERT INTO audit VALUES ('guild_settings'); END;
  CREATE TRIGGER u1 AFTER UPDATE ON guild_settings BEGIN INSERT INTO audit VALUES ('guild_settings'); END;
  CREATE TRIGGER i2 AFTER INSERT ON channel_weights BEGIN INSERT INTO audit VALUES ('channel_weights'); END;
  CREATE TRIGGER u2 AFTER UPDATE ON channel_weights BEGIN INSERT INTO audit VALUES ('channel_weights'); END;
)";

playground::PlaygroundOptions Options() {
  auto options = testing::World::Quiet();
  options.guilds = 8;
  options.standin_settings.merge_patch({{"shards", 2}, {"max_concurrency", 2}});
  options.bot_settings.merge_patch({{"voice", {{"join_timeout", "1s"}}}, {"scheduler", {{"default_chance", 0}}}});
  return options;
}

}  // namespace

BusyDay::BusyDay() : world_(Options()) {
  world_.StartStandin();
  world_.StartBot();
  prometheus_ = std::make_unique<testing::PrometheusServer>(std::vector{world_.playground().http_port()});
  file_ = std::make_unique<testing::SqliteFile>(world_.folder() / "disruptor.db");
  file_->Run(kTriggers);
  for (const json& guild : world_.Guilds()) {
    if (!world_.JoinableChannels(guild.at("id")).empty()) guilds_.push_back(guild.at("id"));
  }
  if (guilds_.size() < 5) throw std::runtime_error("too few guilds have people in voice; choose another seed");
  job_guild_ = guilds_.back();

  Write();
  WriteUnderALock();
  JoinAndBeRefused();
  MakeDiscordMisbehave();
  RunJobs();
  world_.ExpectTelemetryEqualsLedger();
  ledger_ = world_.Ledger();
  database_.guild_setting_inserts = std::stod(file_->Run("SELECT count(*) FROM audit WHERE target = 'guild_settings'"));
  database_.inserts = std::stod(file_->Run("SELECT count(*) FROM audit")) +
                      std::stod(file_->Run("SELECT count(*) FROM schema_migrations"));
  prometheus_->WaitForNextScrape();
}

BusyDay::~BusyDay() {
  prometheus_.reset();
  world_.StopBot();
}

playground::Counts BusyDay::Ask(const std::string& promql, const std::vector<std::string>& labels) const {
  auto samples = prometheus_->Query(promql);
  for (auto& sample : samples) sample.name = "answer";
  return testing::SumBy(samples, "answer", labels);
}

double BusyDay::AskOne(const std::string& promql) const {
  const auto samples = prometheus_->Query(promql);
  EXPECT_EQ(samples.size(), 1U) << promql;
  return samples.empty() ? -1 : samples.front().value;
}

void BusyDay::Write() {
  const auto start = steady_clock::now();
  for (const std::string& guild : guilds_) {
    EXPECT_THAT(world_.Use(guild, "interval", {{"duration", "12h"}}), HasSubstr("every 12 hours"));
    world_.Use(guild, "weight", {{"channel", world_.JoinableChannels(guild).front()}, {"weight", 5}});
    world_.Use(guild, "next");
  }
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(world_.Use(guilds_.front(), "chance", {{"percent", kRefusedPercent}}), HasSubstr("went wrong"));
    ++database_.refused;
  }
  database_.longest_possible += steady_clock::now() - start;
}

void BusyDay::WriteUnderALock() {
  const auto start = steady_clock::now();
  file_->Run("BEGIN IMMEDIATE");
  const std::string interaction = world_.Begin(guilds_.front(), "interval", {{"duration", "6h"}});
  EXPECT_TRUE(testing::Eventually(
      [&] { return world_.Metric("disruptor_discord_commands_active", {{"command", "interval"}}) == 1; }));
  const auto waiting = steady_clock::now();
  std::this_thread::sleep_for(kHeld);
  file_->Run("COMMIT");
  database_.held = steady_clock::now() - waiting;
  EXPECT_TRUE(testing::Eventually([&] { return world_.Interaction(interaction).at("acknowledged").get<bool>(); }));
  database_.longest_possible += steady_clock::now() - start;
}

void BusyDay::JoinAndBeRefused() {
  for (std::size_t i = 0; i < 4; ++i) {
    const bool refused = i == 3;
    if (refused) world_.Fault({{"kind", "voice_deny"}, {"guild_id", guilds_[i]}});
    EXPECT_THAT(world_.Use(guilds_[i], "disrupt", {}, world_.SomebodyInVoice(guilds_[i])),
                HasSubstr(refused ? "did not let me" : "Here I am"));
  }
}

void BusyDay::MakeDiscordMisbehave() {
  world_.Fault({{"kind", "server_error"}, {"status", 502}, {"count", 2}, {"endpoint", kCallback}});
  world_.Use(guilds_.front(), "next");
  world_.Fault({{"kind", "rate_limit"}, {"retry_after", 1}, {"endpoint", kCallback}});
  world_.Use(guilds_.front(), "next");
  world_.Fault(
      {{"kind", "slow"}, {"milliseconds", kSlowAnswer.count()}, {"count", kSlowAnswers}, {"endpoint", kCallback}});
  std::vector<std::string> interactions;
  for (std::size_t i = 0; i < kSlowAnswers; ++i)
    interactions.push_back(world_.Begin(guilds_[i % guilds_.size()], "next"));
  for (const std::string& id : interactions) {
    EXPECT_TRUE(testing::Eventually([&] { return world_.Interaction(id).at("acknowledged").get<bool>(); }));
  }
}

// A job joins its one guild, or is refused. Far enough apart that none finds the bot still there.
void BusyDay::RunJobs() {
  const auto start = steady_clock::now();
  const auto joins = [this](const char* status) {
    return world_.Ledger("/voice_joins"_json_pointer, {"guild_id", "status"})[job_guild_ + " " + status];
  };
  world_.Use(job_guild_, "chance", {{"percent", 100}});
  world_.Use(job_guild_, "interval", {{"duration", "3s"}});
  EXPECT_TRUE(testing::Eventually([&] { return joins("success") == 2; }));
  world_.Fault({{"kind", "voice_deny"}, {"guild_id", job_guild_}});
  EXPECT_TRUE(testing::Eventually([&] { return joins("error") == 1; }));
  world_.Use(job_guild_, "interval", {{"duration", "12h"}});
  EXPECT_TRUE(testing::Eventually([&] {
    return world_.Metric("disruptor_scheduler_active_jobs") == 0 &&
           world_.Metric("disruptor_voice_connections_active") == 0;
  }));
  database_.longest_possible += steady_clock::now() - start;
}

}  // namespace guildscope
