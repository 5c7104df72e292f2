#include <gmock/gmock.h>

#include <algorithm>
#include <string>

#include "tests/support/sqlite_file.hpp"
#include "tests/support/world.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using opentelemetry::proto::trace::v1::Span;
using opentelemetry::proto::trace::v1::Status;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using testing::OtlpSignal;
using ::testing::Pair;
using testing::ReceivedSpan;
using ::testing::SizeIs;
using testing::World;
using Spans = std::vector<ReceivedSpan>;
using namespace std::chrono_literals;

constexpr auto kPatience = 60s;
constexpr auto kCallback = "POST /interactions/{interaction.id}/{interaction.token}/callback";

struct Road {
  const char* protocol;
  const char* compression;
};

std::string Name(const ::testing::TestParamInfo<Road>& info) {
  const std::string protocol = std::string(info.param.protocol) == "grpc" ? "Grpc" : "Http";
  return protocol + (std::string(info.param.compression) == "gzip" ? "Gzip" : "Plain");
}

class OneTrace : public ::testing::TestWithParam<Road>, protected World {
 protected:
  OneTrace() {
    StartStandin();
    StartBot(Settings());
    guild_ = FirstGuild();
  }

  json Settings() const {
    json settings = ExportTo(receiver_);
    json& otlp = settings["monitoring"]["otlp"];
    const bool grpc = std::string(GetParam().protocol) == "grpc";
    for (const auto& [name, signal] : {std::pair{"traces", OtlpSignal::kTraces}, std::pair{"logs", OtlpSignal::kLogs},
                                       std::pair{"metrics", OtlpSignal::kMetrics}}) {
      otlp[name] = {{"protocol", GetParam().protocol},
                    {"compression", GetParam().compression},
                    {"endpoint", grpc ? receiver_.grpc_endpoint() : receiver_.http_endpoint(signal)}};
    }
    return settings;
  }

  /// The trace of the only command of this name, once it has so many spans, the command's first.
  Spans TraceOf(const std::string& command, std::size_t spans) {
    std::string id;
    const bool arrived = receiver_.store().WaitFor(
        [&](const testing::OtlpStore& store) {
          const auto roots = store.SpansNamed("command " + command);
          if (roots.empty()) return false;
          id = roots.front().trace_id();
          return store.SpansOfTrace(id).size() >= spans;
        },
        kPatience);
    EXPECT_TRUE(arrived) << "the trace of /" << command << " has " << receiver_.store().SpansOfTrace(id).size();
    EXPECT_THAT(receiver_.store().SpansNamed("command " + command), SizeIs(1));
    return receiver_.store().SpansOfTrace(id);
  }

  static Spans Named(const Spans& spans, const std::string& name) {
    Spans found;
    for (const auto& span : spans) {
      if (span.name() == name) found.push_back(span);
    }
    return found;
  }

  /// The only span of this name; fails the test when there is another number.
  static ReceivedSpan Only(const Spans& spans, const std::string& name) {
    const Spans found = Named(spans, name);
    EXPECT_THAT(found, SizeIs(1)) << name;
    return found.empty() ? ReceivedSpan{} : found.front();
  }

  static void ExpectChild(const ReceivedSpan& child, const ReceivedSpan& parent, Span::SpanKind kind) {
    EXPECT_EQ(child.parent_id(), parent.span_id()) << child.name();
    EXPECT_EQ(child.span.kind(), kind) << child.name();
  }

  std::string guild_;
  testing::OtlpReceiver receiver_;
};

TEST_P(OneTrace, IsACommandItsStatementAndItsCallback) {
  const std::string interaction = Begin(guild_, "interval", {{"duration", "12h"}});
  const Spans trace = TraceOf("interval", 3);
  const json used = Interaction(interaction);
  ASSERT_THAT(trace, SizeIs(3));

  const auto command = Only(trace, "command interval");
  EXPECT_THAT(command.parent_id(), IsEmpty());
  EXPECT_EQ(command.span.kind(), Span::SPAN_KIND_SERVER);
  EXPECT_NE(command.span.status().code(), Status::STATUS_CODE_ERROR);
  EXPECT_THAT(command.attributes(),
              AllOf(Contains(Pair("command", "interval")), Contains(Pair("guild_id", guild_)),
                    Contains(Pair("user_id", used.at("user_id"))), Contains(Pair("channel_id", used.at("channel_id"))),
                    Contains(Pair("shard", "0")), Contains(Pair("interaction_id", interaction))));

  const auto statement = Only(trace, "INSERT guild_settings");
  ExpectChild(statement, command, Span::SPAN_KIND_CLIENT);
  EXPECT_THAT(statement.attributes(),
              AllOf(Contains(Pair("db.system.name", "sqlite")), Contains(Pair("db.operation.name", "INSERT")),
                    Contains(Pair("db.collection.name", "guild_settings")),
                    Contains(Pair("db.query.text", Not(HasSubstr("43200"))))));

  const auto callback = Only(trace, kCallback);
  ExpectChild(callback, command, Span::SPAN_KIND_CLIENT);
  EXPECT_THAT(callback.attributes(),
              AllOf(Contains(Pair("http.request.method", "POST")), Contains(Pair("http.response.status_code", "204")),
                    Contains(Pair("server.address", "discord.com")), Contains(Key("discord.bucket")),
                    Contains(Key("discord.rate_limit.remaining")), Contains(Pair("retry_count", "0"))));

  for (const auto& span : trace) {
    EXPECT_THAT(span.resource, AllOf(Contains(Pair("service.name", "disruptor")), Contains(Key("service.version")),
                                     Contains(Key("service.instance.id")), Contains(Key("host.name")),
                                     Contains(Pair("process.pid", std::to_string(bot().pid()))),
                                     Contains(Pair("telemetry.sdk.language", "cpp"))));
  }
  StopBot();
}

TEST_P(OneTrace, IsWhereTheDurationsOfItsPartsLeadTo) {
  Begin(guild_, "interval", {{"duration", "12h"}});
  const Spans trace = TraceOf("interval", 3);
  const auto leads = [&](const std::string& metric, const testing::OtlpAttributes& labels, const std::string& span) {
    const std::string id = Only(trace, span).span_id();
    const auto found = [&](const testing::OtlpStore& store) {
      const auto point = store.Point(metric, labels);
      return point && std::ranges::count(point->exemplars, id) == 1;
    };
    EXPECT_TRUE(receiver_.store().WaitFor(found, kPatience)) << metric;
  };
  leads("disruptor.discord.command.duration", {{"command", "interval"}, {"status", "success"}}, "command interval");
  leads("disruptor.database.query.duration", {{"operation", "INSERT"}, {"table", "guild_settings"}},
        "INSERT guild_settings");
  leads("disruptor.discord.api.request.duration", {{"endpoint", std::string(kCallback).substr(5)}, {"method", "POST"}},
        kCallback);
  StopBot();
}

TEST_P(OneTrace, HasAChildForEachRetry) {
  Fault({{"kind", "server_error"}, {"status", 502}, {"count", 2}, {"endpoint", std::string(kCallback).substr(5)}});
  Use(guild_, "next");
  const Spans trace = TraceOf("next", 6);
  ASSERT_THAT(trace, SizeIs(6));
  const auto command = Only(trace, "command next");
  const Spans retries = Named(trace, "retry answer to /next");
  const Spans requests = Named(trace, kCallback);
  ASSERT_THAT(retries, SizeIs(2));
  ASSERT_THAT(requests, SizeIs(3));

  std::map<std::string, ReceivedSpan> by_parent;
  for (const auto& request : requests) by_parent.emplace(request.parent_id(), request);
  ASSERT_THAT(by_parent, Contains(Key(command.span_id())));
  const auto& first = by_parent.at(command.span_id());
  EXPECT_THAT(first.attributes(), Contains(Pair("http.response.status_code", "502")));
  EXPECT_EQ(first.span.status().code(), Status::STATUS_CODE_ERROR);
  for (const auto& retry : retries) {
    ExpectChild(retry, command, Span::SPAN_KIND_INTERNAL);
    const bool last = retry.attributes().at("retry_count") == "2";
    EXPECT_THAT(retry.attributes(),
                AllOf(Contains(Pair("retry_count", last ? "2" : "1")), Contains(Pair("retry.reason", "status 502"))));
    // A random part of a longest wait that doubles.
    EXPECT_LE(std::stoi(retry.attributes().at("retry.wait_ms")), last ? 600 : 300);
    EXPECT_EQ(retry.span.status().code() == Status::STATUS_CODE_ERROR, !last);
    ASSERT_THAT(by_parent, Contains(Key(retry.span_id())));
    EXPECT_THAT(by_parent.at(retry.span_id()).attributes(),
                Contains(Pair("http.response.status_code", last ? "204" : "502")));
  }
  StopBot();
}

TEST_P(OneTrace, HasTheErrorAndTheLogRecordsOfTheHandler) {
  testing::SqliteFile database(folder() / "disruptor.db");
  database.Run("CREATE TRIGGER refuse BEFORE INSERT ON guild_settings BEGIN SELECT RAISE(ABORT, 'refused'); END");
  EXPECT_THAT(Use(guild_, "chance", {{"percent", 13}}), HasSubstr("Something went wrong"));
  const Spans trace = TraceOf("chance", 3);
  const auto command = Only(trace, "command chance");
  EXPECT_EQ(command.span.status().code(), Status::STATUS_CODE_ERROR);
  ASSERT_EQ(command.span.events_size(), 1);
  EXPECT_EQ(command.span.events(0).name(), "exception");
  EXPECT_THAT(testing::ToMap(command.span.events(0).attributes()),
              Contains(Pair("exception.message", HasSubstr("refused"))));

  const auto statement = Only(trace, "INSERT guild_settings");
  ExpectChild(statement, command, Span::SPAN_KIND_CLIENT);
  EXPECT_THAT(statement.attributes(), Contains(Pair("error.type", "constraint")));

  const auto log = receiver_.store().WaitForLog("/chance failed: ", kPatience);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->logger, "commands");
  EXPECT_EQ(log->record.severity_text(), "ERROR");
  EXPECT_EQ(log->trace_id(), command.trace_id());
  EXPECT_EQ(log->span_id(), command.span_id());
  EXPECT_EQ(log->resource, command.resource);
  StopBot();
}

INSTANTIATE_TEST_SUITE_P(Roads, OneTrace,
                         ::testing::Values(Road{"grpc", "none"}, Road{"grpc", "gzip"}, Road{"http/protobuf", "none"},
                                           Road{"http/protobuf", "gzip"}),
                         Name);

}  // namespace
}  // namespace guildscope
