#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "guildscope/http/server.hpp"
#include "guildscope/metrics/exposition.hpp"
#include "guildscope/metrics/protobuf_exposition.hpp"
#include "guildscope/testing/prometheus_server.hpp"
#include "tests/exposition/run_command.hpp"

// What others make of Prometheus' protocol buffers: protoc, and Prometheus itself.
namespace guildscope::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr CounterDescriptor<2> kJobs{"{prefix}.jobs", "{job}", "Jobs \"done\".", {"type", "status"}};
constexpr GaugeDescriptor<1> kLatency{"{prefix}.latency", "s", "A round trip.", {"shard"}};
constexpr std::array<double, 3> kBounds{0.005, 1, 120};
constexpr HistogramDescriptor<1> kWait{"{prefix}.wait", "s", "Time waited.", {"pool"}, kBounds};

/// Takes the length off each message, as a reader of the delimited form does.
std::vector<std::string> Messages(std::string bytes) {
  std::vector<std::string> messages;
  std::size_t at = 0;
  while (at < bytes.size()) {
    std::size_t length = 0;
    unsigned char byte = 0;
    for (int shift = 0; shift == 0 || (byte & 0x80) != 0; shift += 7) {
      byte = static_cast<unsigned char>(bytes.at(at++));
      length |= std::size_t{byte & 0x7FU} << shift;
    }
    EXPECT_LE(at + length, bytes.size());
    messages.push_back(bytes.substr(at, length));
    at += length;
  }
  return messages;
}

/// Each message as protoc prints it. Unknown fields would show as bare numbers.
std::vector<std::string> Decode(const ByteChain& bytes) {
  std::vector<std::string> texts;
  for (const std::string& message : Messages(bytes.ToString())) {
    const std::string path = ::testing::TempDir() + "guildscope-protobuf-" + std::to_string(getpid());
    std::ofstream(path, std::ios::binary) << message;
    const CommandResult result = RunCommand("protoc --proto_path=" EXPOSITION_TEST_FOLDER
                                            " --decode=io.prometheus.client.MetricFamily prometheus_metrics.proto < " +
                                            path);
    std::remove(path.c_str());
    EXPECT_EQ(result.exit_status, 0) << result.output;
    texts.push_back(result.output);
  }
  return texts;
}

std::chrono::system_clock::time_point At(std::int64_t milliseconds) {
  return std::chrono::system_clock::time_point(std::chrono::milliseconds(milliseconds));
}

TEST(Protobuf, IsWhatProtocReadsBack) {
  Snapshot snapshot;
  Point counter;
  counter.label_values = {"back\\slash \"quote\" new\nline", ""};
  counter.value = 1234567.5;
  counter.start = At(1704067200500);
  Point overflow;
  overflow.overflow = true;
  overflow.value = 3;
  overflow.start = At(1704067200500);
  snapshot.metrics.push_back(
      {"bot.jobs", "{job}", "Jobs \"done\".", Kind::kCounter, {"job.type", "status"}, {}, {counter, overflow}});
  Point gauge;
  gauge.value = -2;
  snapshot.metrics.push_back({"bot.latency", "s", "", Kind::kGauge, {}, {}, {gauge}});
  const auto decoded = Decode(Expose(snapshot, Format::kProtobuf));
  ASSERT_EQ(decoded.size(), 2U);
  EXPECT_EQ(decoded[0], R"(name: "bot_jobs_total"
help: "Jobs \"done\"."
type: COUNTER
metric {
  label {
    name: "job_type"
    value: "back\\slash \"quote\" new\nline"
  }
  counter {
    value: 1234567.5
    created_timestamp {
      seconds: 1704067200
      nanos: 500000000
    }
  }
}
metric {
  label {
    name: "otel_metric_overflow"
    value: "true"
  }
  counter {
    value: 3
    created_timestamp {
      seconds: 1704067200
      nanos: 500000000
    }
  }
}
)");
  EXPECT_EQ(decoded[1], R"(name: "bot_latency_seconds"
type: GAUGE
metric {
  gauge {
    value: -2
  }
}
unit: "seconds"
)");
}

TEST(Protobuf, CarriesBucketsAndTheirExemplars) {
  Snapshot snapshot;
  Point point;
  point.bucket_counts = {1, 0, 2};
  point.count = 3;
  point.sum = 4.5;
  point.start = At(1704067200000);
  point.exemplars.resize(3);
  point.exemplars[2].value = 2.5;
  point.exemplars[2].time = At(1704067260250);
  point.exemplars[2].trace_id.fill(0xAB);
  point.exemplars[2].span_id.fill(0x01);
  snapshot.metrics.push_back({"bot.wait", "s", "", Kind::kHistogram, {}, {0.5, 1}, {point}});
  const auto decoded = Decode(Expose(snapshot, Format::kProtobuf));
  ASSERT_EQ(decoded.size(), 1U);
  EXPECT_THAT(decoded[0], HasSubstr("cumulative_count: 1\n      upper_bound: 0.5\n    }"));
  EXPECT_THAT(decoded[0], HasSubstr("cumulative_count: 1\n      upper_bound: 1\n    }"));
  EXPECT_THAT(decoded[0], HasSubstr("cumulative_count: 3\n      upper_bound: inf\n      exemplar {"));
  EXPECT_THAT(decoded[0], HasSubstr("name: \"trace_id\"\n          value: \"abababababababababababababababab\""));
  EXPECT_THAT(decoded[0], HasSubstr("name: \"span_id\"\n          value: \"0101010101010101\""));
  EXPECT_THAT(decoded[0], HasSubstr("value: 2.5\n        timestamp {\n          seconds: 1704067260\n"));
  EXPECT_THAT(decoded[0], Not(HasSubstr("schema")));
}

/// A histogram with exponential buckets, as a registry would tell it.
struct Exponential {
  ExponentialBuckets buckets;
  std::uint64_t count;
  double sum;

  void Tell(Collector& collector) const {
    collector.BeginMetric({.name = "bot.native", .unit = "s", .kind = Kind::kHistogram});
    SeriesView series;
    series.count = count;
    series.sum = sum;
    series.exponential = &buckets;
    collector.AddSeries(series);
  }
  [[nodiscard]] ByteChain Write() const {
    ByteChain bytes;
    ProtobufExposition exposition(bytes);
    Tell(exposition);
    exposition.Finish();
    return bytes;
  }
};

TEST(Protobuf, HasBothKindsOfBucketsOfARegistryThatTellsThem) {
  Registry registry({.prefix = "bot", .exponential_histograms = true});
  for (const double value : {0.0, 0.5, 0.5, 1.0}) registry.Get(kWait).Record(value, {"main"});
  const std::string decoded = Decode(Expose(registry, Format::kProtobuf)).at(0);
  EXPECT_THAT(decoded, HasSubstr("sample_count: 4\n    sample_sum: 2\n"));
  EXPECT_THAT(decoded, HasSubstr("cumulative_count: 1\n      upper_bound: 0.005\n"));
  EXPECT_THAT(decoded, HasSubstr("cumulative_count: 4\n      upper_bound: 1\n"));
  EXPECT_THAT(decoded, HasSubstr("schema: 2\n"));
  EXPECT_THAT(decoded, HasSubstr("zero_count: 1\n    positive_span {\n      offset: -4\n      length: 5\n    }\n"
                                 "    positive_delta: 2\n    positive_delta: -2\n    positive_delta: 0\n"
                                 "    positive_delta: 0\n    positive_delta: 1\n"));
}

TEST(Protobuf, MakesExponentialBucketsANativeHistogram) {
  const std::vector<std::uint64_t> positive{1, 4, 2};
  const std::vector<std::uint64_t> negative{3};
  const Exponential fits{{.scale = 3,
                          .zero_threshold = 0.001,
                          .zero_count = 5,
                          .positive_offset = -2,
                          .positive = positive,
                          .negative = negative},
                         15,
                         7};
  EXPECT_THAT(Decode(fits.Write()).at(0),
              HasSubstr("schema: 3\n    zero_threshold: 0.001\n    zero_count: 5\n"
                        "    negative_span {\n      offset: 1\n      length: 1\n    }\n    negative_delta: 3\n"
                        "    positive_span {\n      offset: -1\n      length: 3\n    }\n"
                        "    positive_delta: 1\n    positive_delta: 3\n    positive_delta: -2\n"));
  // Finer than Prometheus has: pairs of buckets are made one. -3 and -2 become -2 and -1, -1 becomes -1.
  const Exponential fine{{.scale = 9, .positive_offset = -3, .positive = positive}, 7, 7};
  EXPECT_THAT(Decode(fine.Write()).at(0),
              HasSubstr("positive_span {\n      offset: -1\n      length: 2\n    }\n    positive_delta: 1\n"
                        "    positive_delta: 5\n"));
  const Exponential coarse{{.scale = -5, .positive = positive}, 7, 7};
  EXPECT_THAT(Decode(coarse.Write()).at(0), Not(HasSubstr("schema")));
  const Exponential empty{{.scale = 3}, 0, 0};
  EXPECT_THAT(Decode(empty.Write()).at(0), HasSubstr("positive_span {\n      offset: 0\n      length: 0\n    }"));
}

/// A server whose `/metrics` remembers what was asked for.
struct Scraped {
  explicit Scraped(const http::Handler& metrics) {
    server.Handle("GET", "/metrics", [this, metrics](const http::Request& request) {
      http::Response response = metrics(request);
      const bool protobuf = response.content_type == ContentType(Format::kProtobuf);
      (protobuf ? as_protobuf : as_text).fetch_add(1);
      return response;
    });
    server.Start();
  }
  std::atomic<int> as_protobuf{0};
  std::atomic<int> as_text{0};
  http::Server server{http::ServerOptions{}};
};

http::Response Respond(ByteChain body, Format format) {
  http::Response response;
  response.content_type = ContentType(format);
  response.chain = std::make_shared<const ByteChain>(std::move(body));
  return response;
}

/// Every series of a target by its labels, in which 1 and 1.0 are the same bound.
std::map<std::string, double> Series(const testing::PrometheusServer& prometheus, std::uint16_t port) {
  std::map<std::string, double> series;
  for (const auto& sample :
       prometheus.Query("{__name__=~\"bot_.*\",instance=\"127.0.0.1:" + std::to_string(port) + "\"}")) {
    std::string key = sample.name;
    for (const auto& [label, value] : sample.labels) {
      if (label == "instance") continue;
      key += ' ' + label + '=' + (label == "le" ? std::to_string(std::strtod(value.c_str(), nullptr)) : value);
    }
    series[key] = sample.value;
  }
  return series;
}

TEST(Prometheus, ReadsTheSameFromProtobufAsFromText) {
  Registry registry({.prefix = "bot"});
  registry.Get(kJobs).Add(3, {"back\\slash \"quote\" new\nline", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"});
  registry.Get(kJobs).Add(1, {"", "error"});
  registry.Get(kLatency).Set(0.25, {"0"});
  for (const double value : {0.001, 0.5, 600.0}) registry.Get(kWait).Record(value, {"main"});
  Scraped negotiated([&](const http::Request& request) {
    const Format format = Negotiate(request.Header("accept"));
    return Respond(Expose(registry, format), format);
  });
  Scraped text([&](const http::Request&) {
    return Respond(Expose(registry, Format::kPrometheusText), Format::kPrometheusText);
  });
  const std::vector<std::uint64_t> buckets{10, 20, 10};
  const Exponential exponential{{.scale = 0, .zero_count = 1, .positive_offset = 0, .positive = buckets}, 41, 130};
  Scraped native([&](const http::Request&) { return Respond(exponential.Write(), Format::kProtobuf); });

  testing::PrometheusServer prometheus({negotiated.server.port(), text.server.port(), native.server.port()}, {},
                                       {"--enable-feature=native-histograms"});
  prometheus.WaitForNextScrape();
  EXPECT_GT(negotiated.as_protobuf, 0);
  EXPECT_EQ(negotiated.as_text, 0);
  const auto from_text = Series(prometheus, text.server.port());
  EXPECT_EQ(from_text.size(), 2U + 1U + 6U);
  EXPECT_EQ(Series(prometheus, negotiated.server.port()), from_text);

  EXPECT_EQ(prometheus.Query("histogram_count(bot_native_seconds)").at(0).value, 41);
  EXPECT_EQ(prometheus.Query("histogram_sum(bot_native_seconds)").at(0).value, 130);
  // 1 zero, 10 up to 2, 20 up to 4, 10 up to 8: a quarter of the way through the 20 is the median's bucket.
  const double median = prometheus.Query("histogram_quantile(0.5, bot_native_seconds)").at(0).value;
  EXPECT_GT(median, 2);
  EXPECT_LT(median, 4);
}

}  // namespace
}  // namespace guildscope::metrics
