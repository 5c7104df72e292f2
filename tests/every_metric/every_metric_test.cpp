#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/metrics/names.hpp"
#include "guildscope/metrics/prometheus_name.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/sanitized.hpp"
#include "tests/every_metric/exported_series.hpp"
#include "tests/support/agreement.hpp"
#include "tests/support/standard_run.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using ::testing::IsEmpty;
using testing::Process;
using testing::Sample;
using testing::StandardRun;
using testing::World;
using namespace std::chrono_literals;

/// Rows of the catalogue that a standard run does not show, and why. A row that appears must leave this list.
const std::map<std::string, std::string> kNotFed{
    {"guildscope.http_client.refused", "the bot never has so many requests under way"},
    {"guildscope.spool.size", "the bot keeps nothing on disk"},
    {"guildscope.spool.limit", "the bot keeps nothing on disk"},
    {"guildscope.spool.usable", "the bot keeps nothing on disk"},
    {"guildscope.spool.errors", "the bot keeps nothing on disk"},
    {"guildscope.spool.requests", "the bot keeps nothing on disk"},
    {"guildscope.spool.items", "the bot keeps nothing on disk"},
    {"guildscope.spool.oldest_age", "the bot keeps nothing on disk"},
    {"guildscope.spool.written_items", "the bot keeps nothing on disk"},
    {"guildscope.spool.inherited_items", "the bot keeps nothing on disk"},
    {"guildscope.spool.replayed_items", "the bot keeps nothing on disk"},
    {"guildscope.spool.resent_items", "the bot keeps nothing on disk"},
    {"guildscope.spool.dropped_items", "the bot keeps nothing on disk"},
    {"guildscope.spool.dropped", "the bot keeps nothing on disk"},
    {"otel.sdk.processor.span.filtered", "no span is left out by its name"},
    {"guildscope.metrics.dropped_values", "nothing that the bot measures can be negative or no number"},
    {"guildscope.metrics.changed_labels", "Discord and the schema have no labels that need repair"},
    {"guildscope.metrics.callback_errors", "nothing that is observed throws"},
    {"guildscope.flight_recorder.lost_records", "the flight recorder is off, as its default is"},
    {"guildscope.flight_recorder.recovered", "the flight recorder is off, as its default is"},
};

/// One run for all tests; nothing happens any more while they look.
class EveryMetric : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    world_ = std::make_unique<World>(StandardRun::Options());
    world_->StartMedia();
    world_->StartStandin();
    world_->StartBot(World::ExportTo(*receiver_));
    StandardRun(*world_).LoseGuild();
    receiver_->store().Clear();
    // Two exports: each says how long the one before took.
    EXPECT_TRUE(receiver_->store().WaitFor(
        [](const testing::OtlpStore& store) { return store.PointCounts()["process.uptime"] >= 2; }, 60s));
  }

  static void TearDownTestSuite() {
    world_->StopBot();
    world_.reset();
    receiver_.reset();
  }

  static std::string Page(const std::string& accept) {
    return testing::Send(world_->playground().http_port(), {.target = "/metrics", .headers = {{"accept", accept}}})
        .body;
  }

  /// A file in the world's folder.
  static std::string Write(const std::string& name, const std::string& text) {
    const auto file = world_->folder() / name;
    std::ofstream(file) << text;
    return file.string();
  }

  /// What a command wrote.
  static std::string Run(std::vector<std::string> command) {
    Process process({.command = std::move(command)});
    EXPECT_TRUE(process.Wait(60s));
    return process.Output() + process.Errors();
  }

  inline static std::unique_ptr<testing::OtlpReceiver> receiver_ = std::make_unique<testing::OtlpReceiver>();
  inline static std::unique_ptr<World> world_;
};

/// The list of the repository, without what a sanitizer's allocator does not tell.
std::string ExpectedList(const char* file) {
  std::ifstream in(file);
  std::string list;
  for (std::string line; std::getline(in, line);) {
    if (testing::kSanitized && (line.starts_with("  - type=heap_") || line == "  - type=total_alloc")) continue;
    list.append(line) += '\n';
  }
  return list;
}

TEST_F(EveryMetric, IsInTheListOfSeries) {
  constexpr auto kGolden = EVERY_METRIC_FOLDER "/series.txt";
  const std::string list =
      "Every series that a standard run of the bot exports; see every_metric_test.cpp. A label with * has any value.\n"
      "To renew this file: GUILDSCOPE_RENEW=1 build/bin/every_metric_test\n" +
      ListSeries(Page("text/plain"), receiver_->store().Points());
  if (std::getenv("GUILDSCOPE_RENEW") != nullptr) std::ofstream(kGolden) << list;
  const std::string difference = Run({"diff", "--unified=2", "--label=series.txt", "--label=this run",
                                      Write("expected.txt", ExpectedList(kGolden)), Write("series.txt", list)});
  if (difference.empty()) return;
  ADD_FAILURE() << "If this is as it should be, GUILDSCOPE_RENEW=1 build/bin/every_metric_test renews the list:\n"
                << difference;
}

TEST_F(EveryMetric, OfTheCatalogueIsThere) {
  const auto families = FamiliesOf(Page("text/plain"));
  for (const metrics::DescriptorView& row : metrics::catalogue::All()) {
    const std::string name = metrics::FullName(row.name, "disruptor");
    const bool is_there = families.contains(metrics::PrometheusName(name, row.unit, row.kind));
    const auto not_fed = kNotFed.find(name);
    if (not_fed == kNotFed.end()) {
      EXPECT_TRUE(is_there) << name << " is in the catalogue, and a run that does everything did not feed it";
    } else {
      EXPECT_FALSE(is_there) << name << " is fed now; take it out of kNotFed, which says: " << not_fed->second;
    }
  }
}

TEST_F(EveryMetric, LeavesPromtoolSilentButForNamesThatEndInCount) {
  const std::string file = Write("page.txt", Page("text/plain"));
  // These gauges are named so by definition; the linter would keep "_count" for histograms.
  EXPECT_EQ(Run({"sh", "-c", "promtool check metrics < " + file}),
            "disruptor_discord_guild_count non-histogram and non-summary metrics should not have \"_count\" suffix\n"
            "music_cache_file_count non-histogram and non-summary metrics should not have \"_count\" suffix\n"
            "process_thread_count non-histogram and non-summary metrics should not have \"_count\" suffix\n"
            "process_unix_file_descriptor_count non-histogram and non-summary metrics should not have \"_count\" "
            "suffix\n");
}

TEST_F(EveryMetric, IsTheSameInOpenMetricsToAParserThatWeDidNotWrite) {
  const std::string before = Page("text/plain");
  const std::string page = Page("application/openmetrics-text");
  const std::string after = Page("text/plain");
  ASSERT_TRUE(page.ends_with("# EOF\n"));
  const std::string output =
      Run({"/usr/bin/python3", EVERY_METRIC_FOLDER "/samples_as_json.py", Write("page.openmetrics", page)});
  ASSERT_TRUE(json::accept(output)) << output;

  const json parsed = json::parse(output);
  std::map<std::string, std::string> families;
  for (const auto& [name, type] : parsed.at("families").items())
    families[name + (type == "counter" ? "_total" : "")] = type;
  EXPECT_EQ(families, FamiliesOf(before));
  std::vector<Sample> samples;
  for (const json& sample : parsed.at("samples")) {
    const std::string name = sample.at("name");
    if (name.ends_with("_created")) continue;  // the older format has no word for it
    samples.push_back({name, sample.at("labels"), std::stod(sample.at("value").get<std::string>())});
  }
  const auto agreement = testing::Compare(testing::ParsePrometheusText(before), samples,
                                          testing::ParsePrometheusText(after), testing::IsNeverAtRest);
  EXPECT_THAT(agreement.disagreements, IsEmpty());
  EXPECT_GT(agreement.equal, 400U);
}

}  // namespace
}  // namespace guildscope
