#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/metrics/exposition.hpp"
#include "guildscope/metrics/names.hpp"
#include "tests/exposition/run_command.hpp"

// What others make of `/metrics`: Prometheus' own linter, and a parser of OpenMetrics that we did not write.
namespace guildscope::metrics {
namespace {

// Plain, and as nasty as they may be: what must be escaped, what looks like the format itself, what is no ASCII,
// controls.
std::vector<std::string> Values() {
  return {"plain",
          "back\\slash \"quote\" new\nline",
          "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80 ,}={",
          "\\",
          "\\\"",
          "\\n\n\\\n",
          "\n# EOF\n# TYPE heartbeat counter\nheartbeat 1",
          "\"} 5 # {trace_id=\"x\"} 1",
          "\x01\x7F\t\r\x1B[0m",
          "\xEF\xBF\xBD\xE2\x80\xAE\xEF\xBB\xBF\xE2\x80\xA8",
          std::string(5'000, '"')};
}

// Every metric of the catalogue with some series, whose label values are as nasty as they may be.
Snapshot FullCatalogue() {
  Snapshot snapshot;
  for (const DescriptorView& descriptor : catalogue::All()) {
    Metric metric{FullName(descriptor.name, "disruptor"),
                  std::string(descriptor.unit),
                  std::string(descriptor.help),
                  descriptor.kind,
                  {descriptor.labels.begin(), descriptor.labels.end()},
                  {},
                  {}};
    const bool histogram = descriptor.kind == Kind::kHistogram;
    if (histogram) metric.bounds.assign(descriptor.buckets.begin(), descriptor.buckets.end());
    for (const std::string& value : Values()) {
      Point point;
      point.label_values.assign(metric.label_names.size(), value);
      point.value = 1234567.5;
      point.start = std::chrono::system_clock::time_point(std::chrono::milliseconds(1704067200500));
      if (histogram) {
        point.bucket_counts.assign(metric.bounds.size() + 1, 2);
        point.count = 2 * point.bucket_counts.size();
        point.sum = 0.1;
        point.exemplars.resize(point.bucket_counts.size());
        point.exemplars.back().trace_id.fill(0xAB);
        point.exemplars.back().span_id.fill(0x01);
        point.exemplars.back().value = 123.5;
        point.exemplars.back().time = point.start;
      }
      metric.points.push_back(std::move(point));
      if (metric.label_names.empty()) break;
    }
    if (!metric.label_names.empty() && !histogram) {
      Point overflow;
      overflow.overflow = true;
      overflow.value = descriptor.kind == Kind::kGauge ? std::numeric_limits<double>::infinity() : 0.25;
      metric.points.push_back(std::move(overflow));
    }
    snapshot.metrics.push_back(std::move(metric));
  }
  return snapshot;
}

std::string WriteFile(Format format) {
  const std::string path = ::testing::TempDir() + "guildscope-exposition-" + std::to_string(getpid());
  std::ofstream(path) << Expose(FullCatalogue(), format).ToString();
  return path;
}

TEST(PrometheusText, LeavesPromtoolSilentButForNamesThatEndInCount) {
  const std::string file = WriteFile(Format::kPrometheusText);
  const CommandResult result = RunCommand("promtool check metrics < " + file);
  std::remove(file.c_str());
  // Four gauges are named so by definition, two of them by the semantic conventions; the linter would keep "_count" for
  // histograms.
  EXPECT_EQ(result.output,
            "disruptor_discord_guild_count non-histogram and non-summary metrics should not have \"_count\" suffix\n"
            "music_cache_file_count non-histogram and non-summary metrics should not have \"_count\" suffix\n"
            "process_thread_count non-histogram and non-summary metrics should not have \"_count\" suffix\n"
            "process_unix_file_descriptor_count non-histogram and non-summary metrics should not have \"_count\" "
            "suffix\n");
}

TEST(OpenMetrics, IsUnderstoodByAParserThatWeDidNotWrite) {
  const std::string file = WriteFile(Format::kOpenMetrics);
  const CommandResult result = RunCommand("/usr/bin/python3 " EXPOSITION_TEST_FOLDER "/parse_openmetrics.py " + file);
  std::remove(file.c_str());
  ASSERT_EQ(result.exit_status, 0) << result.output;

  // One line a sample: the metric's type, its name, its labels, its value.
  for (const char* sample :
       {"counter disruptor_scheduler_jobs_total handler_type='plain' status='plain' 1234567.5",
        "gauge music_active_players guild_id='back\\\\slash \"quote\" new\\nline' 1234567.5",
        "gauge music_queue_depth queue='\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80 ,}={' 1234567.5",
        "histogram disruptor_database_connection_wait_seconds_bucket le='1.0' 16",
        "histogram disruptor_database_connection_wait_seconds_created 1704067200.5",
        "gauge heartbeat otel_metric_overflow='true' inf", "gauge music_queue_depth queue='\\\\' 1234567.5",
        "gauge music_queue_depth queue='\\n# EOF\\n# TYPE heartbeat counter\\nheartbeat 1' 1234567.5",
        "gauge music_queue_depth queue='\"} 5 # {trace_id=\"x\"} 1' 1234567.5",
        "gauge music_queue_depth queue='\\\\n\\n\\\\\\n' 1234567.5",
        "gauge music_queue_depth queue='\\x01\\x7f\\t\\r\\x1b[0m' 1234567.5",
        "histogram disruptor_database_connection_wait_seconds_bucket le='+Inf' 24 exemplar "
        "span_id='0101010101010101' trace_id='abababababababababababababababab' 123.5 "
        "1704067200.500000000"}) {
    EXPECT_TRUE(result.output.find(std::string("\n") + sample + "\n") != std::string::npos) << sample;
  }
}

}  // namespace
}  // namespace guildscope::metrics
