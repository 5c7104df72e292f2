#include <gmock/gmock.h>

#include "tests/operator_questions/busy_day.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using playground::Counts;

/// One day for all questions; nothing happens any more while they are asked.
class OperatorQuestions : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { day_ = std::make_unique<BusyDay>(); }
  static void TearDownTestSuite() { day_.reset(); }

  /// The counts of the ledger's rows of a list, by some fields, of those rows that are wanted.
  static Counts Truth(
      const char* list, const std::vector<std::string>& fields,
      const std::function<bool(const json&)>& wanted = [](const json&) { return true; }) {
    Counts counts;
    for (const json& row : day_->ledger().at(json::json_pointer(list))) {
      if (!wanted(row)) continue;
      std::string key;
      for (const auto& field : fields) {
        const json& value = row.at(field);
        key += (key.empty() ? "" : " ") + (value.is_string() ? value.get<std::string>() : value.dump());
      }
      counts[key] += row.at("count").get<double>();
    }
    return counts;
  }

  static Counts Ask(const std::string& promql, const std::vector<std::string>& labels) {
    return day_->Ask(promql, labels);
  }
  static double AskOne(const std::string& promql) { return day_->AskOne(promql); }

  inline static std::unique_ptr<BusyDay> day_;
};

TEST_F(OperatorQuestions, ApiRequestsByEndpoint) {
  const Counts truth = Truth("/rest", {"endpoint"});
  EXPECT_GE(truth.size(), 4U);
  EXPECT_EQ(Ask("sum by (endpoint) (disruptor_discord_api_requests_total)", {"endpoint"}), truth);
}

TEST_F(OperatorQuestions, ApiErrorRate) {
  const Counts all = Truth("/rest", {});
  const Counts errors = Truth("/rest", {}, [](const json& row) { return row.at("status").get<int>() >= 400; });
  EXPECT_GE(errors.at(""), 3);
  EXPECT_DOUBLE_EQ(AskOne(R"(sum(disruptor_discord_api_requests_total{status_code=~"[45]..|error"})
                             / sum(disruptor_discord_api_requests_total))"),
                   errors.at("") / all.at(""));
}

TEST_F(OperatorQuestions, ApiRateLimitsByEndpointAndScope) {
  const Counts truth = Truth("/rate_limited", {"endpoint", "scope"});
  EXPECT_EQ(truth.size(), 1U);
  EXPECT_EQ(Ask("sum by (endpoint, scope) (disruptor_discord_api_rate_limited_total)", {"endpoint", "scope"}), truth);
}

// Prometheus takes the answers of a bucket for evenly spread: where the quantile then lies follows from two counts, the
// answers that were made slow, and the ledger's of the whole endpoint.
TEST_F(OperatorQuestions, P99OfTheApiByEndpoint) {
  const std::string callback = "/interactions/{interaction.id}/{interaction.token}/callback";
  const double all = Truth("/rest", {"endpoint"}).at(callback);
  const double slow = BusyDay::kSlowAnswers;
  const double lower = 1;
  const double upper = 2.5;
  const auto answer = Ask(R"(histogram_quantile(0.99, sum by (endpoint, le)
                             (disruptor_discord_api_request_duration_seconds_bucket)))",
                          {"endpoint"});
  EXPECT_NEAR(answer.at(callback), lower + (upper - lower) * (0.99 * all - (all - slow)) / slow, 1e-6);
  EXPECT_LE(answer.at("/gateway/bot"), 1);
}

TEST_F(OperatorQuestions, VoiceConnectionSuccessRate) {
  const Counts truth = Truth("/voice_joins", {"status"});
  EXPECT_GE(truth.at("error"), 2);
  EXPECT_DOUBLE_EQ(AskOne(R"(sum(disruptor_voice_connection_attempts_total{status="success"})
                             / sum(disruptor_voice_connection_attempts_total))"),
                   truth.at("success") / (truth.at("success") + truth.at("error")));
}

TEST_F(OperatorQuestions, VoiceConnectionSuccessRateByGuild) {
  const Counts all = Truth("/voice_joins", {"guild_id"});
  Counts truth;
  for (const auto& [guild, count] :
       Truth("/voice_joins", {"guild_id"}, [](const json& row) { return row.at("status") == "success"; })) {
    truth[guild] = count / all.at(guild);
  }
  EXPECT_EQ(Ask(R"(sum by (guild_id) (disruptor_voice_connection_attempts_total{status="success"})
                   / sum by (guild_id) (disruptor_voice_connection_attempts_total))",
                {"guild_id"}),
            truth);
}

TEST_F(OperatorQuestions, JobSuccessRateByHandler) {
  const Counts joins =
      Truth("/voice_joins", {"status"}, [](const json& row) { return row.at("guild_id") == day_->job_guild(); });
  const Counts truth{{"random_join", joins.at("success") / (joins.at("success") + joins.at("error"))}};
  EXPECT_EQ(Ask(R"(sum by (handler_type) (disruptor_scheduler_jobs_total{status="success"})
                   / sum by (handler_type) (disruptor_scheduler_jobs_total))",
                {"handler_type"}),
            truth);
}

// The one job that was refused waited for the time limit of a join, which is the lower bound of a bucket.
TEST_F(OperatorQuestions, P95OfJobs) {
  const Counts joins =
      Truth("/voice_joins", {}, [](const json& row) { return row.at("guild_id") == day_->job_guild(); });
  const double all = joins.at("");
  const double answer =
      AskOne("histogram_quantile(0.95, sum by (le) (disruptor_scheduler_job_duration_seconds_bucket))");
  EXPECT_NEAR(answer, 1 + 1.5 * (0.95 * all - (all - 1)), 1e-6);
}

TEST_F(OperatorQuestions, AverageQueryDurationByOperation) {
  const auto& database = day_->database();
  const Counts averages = Ask(R"(sum by (operation) (disruptor_database_query_duration_seconds_sum)
                                 / sum by (operation) (disruptor_database_query_duration_seconds_count))",
                              {"operation"});
  const double inserts = database.inserts + database.refused;
  EXPECT_GE(averages.at("INSERT"), database.held.count() * 0.9 / inserts);
  EXPECT_LE(averages.at("INSERT"), database.longest_possible.count() / inserts);
  // Nothing else had to wait for the lock.
  EXPECT_LT(averages.at("SELECT"), averages.at("INSERT"));
  EXPECT_GT(averages.at("SELECT"), 0);
}

TEST_F(OperatorQuestions, QueriesAreAsManyAsTheDatabaseSaw) {
  const auto& database = day_->database();
  EXPECT_EQ(AskOne(R"(sum(disruptor_database_queries_total{operation="INSERT", status="success"}))"), database.inserts);
  EXPECT_EQ(AskOne(R"(sum(disruptor_database_query_duration_seconds_count{operation="INSERT"}))"),
            database.inserts + database.refused);
}

TEST_F(OperatorQuestions, DatabaseErrorRate) {
  const auto& database = day_->database();
  // Read once, when the bot starts.
  const double reads = 1;
  EXPECT_DOUBLE_EQ(AskOne(R"(sum(disruptor_database_errors_total{table="guild_settings"})
                             / sum(disruptor_database_queries_total{table="guild_settings", operation!="CREATE"}))"),
                   database.refused / (database.guild_setting_inserts + database.refused + reads));
  EXPECT_EQ(Ask("sum by (error_type) (disruptor_database_errors_total)", {"error_type"}),
            (Counts{{"constraint", database.refused}}));
}

TEST_F(OperatorQuestions, CommandsAndTheirErrorRate) {
  Counts truth;
  double all = 0;
  for (const json& row : day_->ledger().at("commands")) {
    all += truth[row.at("name")] = row.at("sent").get<double>();
  }
  EXPECT_EQ(Ask("sum by (command) (disruptor_discord_commands_total)", {"command"}), truth);
  EXPECT_DOUBLE_EQ(AskOne(R"(sum(disruptor_discord_commands_total{status="error"})
                             / sum(disruptor_discord_commands_total))"),
                   day_->database().refused / all);
}

TEST_F(OperatorQuestions, GuildsByShard) {
  const Counts truth = Truth("/guilds", {"shard"});
  EXPECT_EQ(truth.size(), 2U);
  EXPECT_EQ(Ask("sum by (shard) (disruptor_discord_guild_count)", {"shard"}), truth);
}

TEST_F(OperatorQuestions, GatewayEventsByTypeAndShard) {
  EXPECT_EQ(Ask("sum by (shard, event_type) (disruptor_discord_gateway_events_total)", {"shard", "event_type"}),
            Truth("/gateway/events", {"shard", "event_type"}));
}

}  // namespace
}  // namespace guildscope
