#include <gmock/gmock.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <regex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "guildscope/testing/otlp_receiver.hpp"
#include "guildscope/testing/tcp_relay.hpp"
#include "tests/support/world.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using testing::Eventually;
using testing::OtlpFault;
using testing::OtlpReceiver;
using testing::ProcessEnd;
using testing::TcpRelay;
using testing::World;
using namespace std::chrono_literals;

struct Badness {
  const char* name;
  OtlpFault fault;
  TcpRelay::Mode mode = TcpRelay::Mode::kPass;  ///< Of the sockets in front of the collector.
};

const Badness kAll[] = {{"Down", {}, TcpRelay::Mode::kRefuse},
                        {"BlackHoled", {.kind = OtlpFault::Kind::kBlackHole}},
                        {"Answering500", {.kind = OtlpFault::Kind::kStatus, .status = 500}},
                        {"AnsweringGarbage", {.kind = OtlpFault::Kind::kGarbage}}};

/// What the bot says of one signal on /metrics: `span`, `log` or `metric_data_point`.
struct Books {
  double recorded = 0;  ///< That have left the queue, or never got into it. Nothing for metric points, which have none.
  double delivered = 0;
  double lost = 0;
  double under_way = 0;  ///< In the queue or on their way to the collector.
};

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The bot, its users and a collector. Everything that matters of a command is seen from outside: the stand-in measures
/// how long an answer takes, the collector counts what arrives, and log files have every record too.
class CommandLatency : public ::testing::TestWithParam<std::tuple<const char*, Badness>>, protected World {
 protected:
  static constexpr int kCommands = 20;
  static constexpr int kSpansOfACommand = 2;  ///< The command and its answer over REST.
  /// Discord gives up on a command that is not answered within 3 s. An attempt to export may take longer, so a command
  /// that waits for one is late.
  static constexpr double kDiscordsPatience = 3;
  static constexpr const char* kAttempt = "4s";
  /// A busy machine changes the median between two parts of a run; waiting for a collector would add seconds.
  static constexpr double kFactor = 5;
  static constexpr double kNoise = 0.05;

  static const Badness& Bad() { return std::get<1>(GetParam()); }

  json Settings() const {
    const json batch{{"schedule_delay", "50ms"},
                     {"export_timeout", kAttempt},
                     {"max_queue_size", 40},
                     {"max_export_batch_size", 20}};
    return {{"monitoring",
             {{"otlp",
               {{"enabled", true},
                {"protocol", std::get<0>(GetParam())},
                {"endpoint", "http://127.0.0.1:" + std::to_string(relay_.port())},
                {"timeout", kAttempt}}},
              {"traces", batch},
              {"logs", batch},
              {"metrics", {{"export_interval", "100ms"}, {"export_timeout", kAttempt}}}}}};
  }

  /// How long each of some commands took to be answered, in seconds, as the stand-in saw it. Beside them, a log record.
  std::vector<double> AnswerTimes() {
    bot().Signal(SIGHUP);
    std::vector<double> times;
    for (int i = 0; i < kCommands; ++i) {
      const std::string id = Begin(guild_, "next");
      json after;
      EXPECT_TRUE(Eventually([&] { return !(after = Interaction(id).at("acknowledged_after")).is_null(); }));
      times.push_back(after.is_null() ? 60 : after.get<double>());
    }
    commands_ += kCommands;
    EXPECT_LT(*std::max_element(times.begin(), times.end()), kDiscordsPatience);
    return times;
  }

  Books BooksOf(const std::string& signal) const {
    Books books;
    for (const auto& sample : Metrics()) {
      const auto reason = sample.labels.find("error_type");
      const bool well = reason == sample.labels.end() || reason->second.empty();
      if (sample.name == "otel_sdk_processor_" + signal + "_processed_total") {
        books.recorded += sample.value;
        if (!well) books.lost += sample.value;
      } else if (sample.name == "otel_sdk_exporter_" + signal + "_exported_total") {
        (well ? books.delivered : books.lost) += sample.value;
      } else if (sample.name == "otel_sdk_exporter_" + signal + "_inflight" ||
                 sample.name == "otel_sdk_processor_" + signal + "_queue_size") {
        books.under_way += sample.value;
      }
    }
    return books;
  }

  /// Spans that the commands and the database must have made. The bot pings its database now and then.
  double Expected() const { return kSpansOfACommand * commands_ + Metric("disruptor_database_queries_total"); }

  double Arrived(const std::string& signal) {
    if (signal == "span") return static_cast<double>(receiver_.store().span_count());
    return static_cast<double>(signal == "log" ? receiver_.store().log_count() : receiver_.store().point_count());
  }

  /// Log records as the files have them. The exporter's own never leave by OTLP: they would feed themselves.
  double LinesLogged() const {
    double lines = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder() / "logs")) {
      if (entry.path().filename().string().starts_with("guildscope.export")) continue;
      std::ifstream file(entry.path());
      lines += static_cast<double>(std::count(std::istreambuf_iterator<char>(file), {}, '\n'));
    }
    return lines;
  }

  /// What was answered well has arrived and is counted as delivered when the fault begins, so that no item is both.
  void Break() {
    receiver_.SetFault({.kind = OtlpFault::Kind::kStatus, .status = 503});
    for (const std::string signal : {"span", "log", "metric_data_point"}) {
      EXPECT_TRUE(Eventually([&] { return BooksOf(signal).delivered == Arrived(signal); })) << signal;
    }
    if (Bad().mode == TcpRelay::Mode::kPass) return receiver_.SetFault(Bad().fault);
    relay_.SetMode(Bad().mode);
  }
  void Mend() {
    // A change of mode closes connections, and with them answers of which nobody would know.
    if (Bad().mode != TcpRelay::Mode::kPass) relay_.SetMode(TcpRelay::Mode::kPass);
    receiver_.SetFault({});
  }

  /// Waits until nothing is under way. Then what was recorded has arrived, or is counted as lost.
  void ExpectClosedBooks() {
    Books spans, logs, points;
    EXPECT_TRUE(Eventually([&] {
      spans = BooksOf("span");
      return spans.under_way == 0 && spans.recorded == at_start_ + Expected();
    })) << spans.recorded
        << " spans of " << commands_ << " commands";
    EXPECT_EQ(spans.delivered, Arrived("span"));
    EXPECT_EQ(spans.delivered + spans.lost, spans.recorded);
    EXPECT_TRUE(Eventually([&] {
      logs = BooksOf("log");
      return logs.under_way == 0 && logs.recorded == LinesLogged() && logs.delivered == Arrived("log");
    })) << logs.recorded
        << " records, " << LinesLogged() << " lines";
    EXPECT_EQ(logs.delivered + logs.lost, logs.recorded);
    // Of metrics some are always under way. While the receiver refuses them, both sides stand still.
    receiver_.SetFault({.kind = OtlpFault::Kind::kStatus, .status = 503});
    EXPECT_TRUE(Eventually([&] {
      points = BooksOf("metric_data_point");
      return points.delivered == Arrived("metric_data_point");
    })) << points.delivered
        << " delivered, " << Arrived("metric_data_point") << " arrived";
    receiver_.SetFault({});
    for (const Books& books : {spans, logs, points}) EXPECT_GT(books.lost, 0);
  }

  OtlpReceiver receiver_;
  TcpRelay relay_{std::get<0>(GetParam()) == std::string("grpc") ? receiver_.grpc_port() : receiver_.http_port()};
  std::string guild_;
  double at_start_ = 0;  ///< Spans of neither commands nor the database.
  int commands_ = 0;
};

INSTANTIATE_TEST_SUITE_P(With, CommandLatency,
                         ::testing::Combine(::testing::Values("grpc", "http/protobuf"), ::testing::ValuesIn(kAll)),
                         [](const auto& test) {
                           return std::string(std::get<0>(test.param) == std::string("grpc") ? "Grpc" : "Http") +
                                  std::get<1>(test.param).name;
                         });

TEST_P(CommandLatency, IsThatOfAGoodCollectorAndWhatIsLostIsCounted) {
  StartStandin();
  StartBot(Settings());
  guild_ = FirstGuild();
  EXPECT_TRUE(Eventually([&] {
    const Books spans = BooksOf("span");
    at_start_ = spans.recorded - Expected();
    return spans.under_way == 0 && spans.recorded > 0;
  }));
  AnswerTimes();  // what is slow the first time
  const double before = Median(AnswerTimes());
  Break();
  const double meanwhile = Median(AnswerTimes());
  for (const std::string signal : {"span", "log", "metric_data_point"}) {
    EXPECT_TRUE(Eventually([&] { return BooksOf(signal).lost > 0; })) << signal;
  }
  Mend();
  const double spans = Arrived("span");
  const double after = Median(AnswerTimes());
  EXPECT_LT(meanwhile, std::max(before, after) * kFactor + kNoise);
  EXPECT_TRUE(Eventually([&] { return Arrived("span") > spans; })) << "the collector is back";
  ExpectClosedBooks();

  Break();
  AnswerTimes();
  const double recorded = at_start_ + Expected();
  const auto start = std::chrono::steady_clock::now();
  bot().Signal(SIGTERM);
  EXPECT_EQ(bot().Wait(60s), (ProcessEnd{.exit_status = 0})) << bot().Errors();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
  const std::string errors = bot().Errors();
  std::smatch lost;
  ASSERT_TRUE(std::regex_search(errors, lost, std::regex("traces: ([0-9]+) spans did not reach "))) << errors;
  EXPECT_GE(Arrived("span") + std::stod(lost[1]), recorded) << "more only by pings of the database since";
}

}  // namespace
}  // namespace guildscope
