#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "guildscope/testing/prometheus_server.hpp"
#include "tests/support/sqlite_file.hpp"
#include "tests/support/world.hpp"

namespace guildscope {

/// What happened to a bot while a real Prometheus scraped it, counted by those who saw it from outside: the stand-in's
/// ledger, triggers in the bot's database, and this class, which caused it.
class BusyDay {
 public:
  using Seconds = std::chrono::duration<double>;

  BusyDay();
  ~BusyDay();

  /// The answer's values by these labels, joined by a space.
  [[nodiscard]] playground::Counts Ask(const std::string& promql, const std::vector<std::string>& labels) const;
  /// The answer when it is one number; fails the test when it is not.
  [[nodiscard]] double AskOne(const std::string& promql) const;

  const testing::World& world() const noexcept { return world_; }
  const nlohmann::json& ledger() const noexcept { return ledger_; }
  /// The guild whose schedule ran; its voice joins are one a job.
  const std::string& job_guild() const noexcept { return job_guild_; }

  struct Database {
    double inserts = 0;  ///< That succeeded, all tables.
    double guild_setting_inserts = 0;
    double refused = 0;           ///< Inserts into guild_settings that a trigger refused.
    Seconds held{0};              ///< For so long one insert had to wait for a lock.
    Seconds longest_possible{0};  ///< All inserts together took less: what the users waited.
  };
  const Database& database() const noexcept { return database_; }

  static constexpr std::size_t kSlowAnswers = 8;
  static constexpr std::chrono::milliseconds kSlowAnswer{1'500};

 private:
  void RunJobs();
  void JoinAndBeRefused();
  void Write();
  void WriteUnderALock();
  void MakeDiscordMisbehave();

  testing::World world_;
  std::unique_ptr<testing::PrometheusServer> prometheus_;
  std::unique_ptr<testing::SqliteFile> file_;
  std::vector<std::string> guilds_;
  std::string job_guild_;
  Database database_;
  nlohmann::json ledger_;
};

}  // namespace guildscope
