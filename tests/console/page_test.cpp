#include <nlohmann/json.hpp>
#include <set>

#include "guildscope/metrics/catalogue.hpp"
#include "guildscope/testing/fake_clock.hpp"
#include "guildscope/testing/http_client.hpp"
#include "guildscope/testing/otlp_receiver.hpp"
#include "guildscope/testing/prometheus_text.hpp"
#include "tests/console/page_fixture.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

class ConsolePage : public PageTest {
 protected:
  json Charts() {
    return page_->Evaluate("[...document.querySelectorAll('.chart')].map(({dataset}) => dataset.chart).sort()");
  }
  static std::string Item(const std::string& name) {
    return "document.querySelector('li[data-name=\"" + name + "\"]')";
  }
};

TEST_F(ConsolePage, ShowsProbesLoopsChecksAndShards) {
  testing::FakeClock clock;
  Open(clock);
  auto loop = telemetry_->health().RegisterLoop("cleanup");
  const auto check = telemetry_->health().AddCheck("db", [] { return true; });
  bool connected = true;
  const auto shards = telemetry_->health().SetShardSource(
      [&] { return std::vector<health::ShardState>{{.id = 0, .connected = true}, {.id = 1, .connected = connected}}; });
  page_->Expect(Item("cleanup") + "?.innerText.endsWith('ok')");
  page_->Expect(Item("db") + "?.innerText.endsWith('ok')");
  page_->Expect(Item("1") + "?.innerText.endsWith('connected')");
  page_->Expect(Item("/ready") + "?.innerText.endsWith('ok')");
  EXPECT_THAT(page_->Complaints(), IsEmpty());

  connected = false;
  page_->Expect("document.getElementById('state').textContent === 'alive, not ready'");
  page_->Expect(Item("1") + "?.innerText.endsWith('disconnected')");
  clock.Advance(1h);
  page_->Expect(Item("cleanup") + "?.innerText.endsWith('stalled')");
  page_->Expect("document.getElementById('state').textContent === 'unavailable'");
  page_->Expect("document.getElementById('news').textContent.includes('cleanup is stalled')");
  EXPECT_THAT(page_->Complaints(), Each(HasSubstr("status of 503"))) << "browsers report that by themselves";
}

TEST_F(ConsolePage, ChangesWhatIsLoggedByKeyboardAlone) {
  options_.logging.level = "WARNING";
  Open();
  const auto music = telemetry_->logger("music");
  music.Debug("before");
  page_->Evaluate(Row("music") + ".querySelector('select').focus()");
  page_->Press("ArrowUp", 38);
  page_->Press("ArrowUp", 38);
  page_->Expect(Level("music") + " === 'DEBUG'");
  page_->Expect(Row("music") + ".querySelector('button').hidden === false");
  EXPECT_EQ(LevelOf("music"), logging::Level::kDebug);
  music.Debug("after");
  EXPECT_TRUE(telemetry_->logging().Flush(60s));
  EXPECT_THAT(ReadAll(folder_ / "music.log"), AllOf(HasSubstr("DEBUG"), HasSubstr("after"), Not(HasSubstr("before"))));

  page_->Press("Tab", 9);
  page_->Expect("document.activeElement.textContent === 'Reset'");
  page_->Press("Enter", 13);
  page_->Expect(Level("music") + " === 'WARNING'");
  page_->Expect(Row("music") + ".querySelector('button').hidden");
  page_->Expect("document.activeElement.tagName === 'SELECT'");
  EXPECT_EQ(LevelOf("music"), logging::Level::kWarning);
  EXPECT_THAT(page_->Complaints(), IsEmpty());
}

TEST_F(ConsolePage, ShowsChangesMadeElsewhere) {
  Open();
  telemetry_->logging().SetLevel("music", logging::Level::kError);
  page_->Expect(Level("music") + " === 'ERROR'");
  page_->Expect(Row("music") + ".innerText.includes('changed elsewhere, from INFO')");
  telemetry_->logging().SetLevels(logging::Level::kCritical, {}, logging::Level::kError);
  page_->Expect("document.body.innerText.includes('own: CRITICAL; those of other libraries: ERROR')");
  (void)telemetry_->logger("late");
  page_->Expect(Level("late") + " === 'CRITICAL'");
}

TEST_F(ConsolePage, HasChartsOfWhatThereIsAlone) {
  Open();
  page_->Expect("document.querySelector('[data-chart=memory] .now')?.textContent.endsWith('MiB')");
  EXPECT_THAT(Charts().dump(), Not(HasSubstr("commands")));
  const auto commands = telemetry_->metrics().Get(metrics::catalogue::kDiscordCommands);
  commands.Add(3, {"ping", "success"});
  commands.Add(1, {"ping", "error"});
  page_->Expect(
      "document.querySelector('[data-chart=commands] .note')?.textContent === "
      "'4 commands in the last minute, 75 % went well'");
  page_->Expect("document.querySelector('[data-chart=commands] path.errors').getAttribute('d').startsWith('M')");
  EXPECT_THAT(page_->Complaints(), IsEmpty());
}

TEST_F(ConsolePage, CalculatesAsPrometheusDoes) {
  Open();
  page_->Evaluate(R"(import('./console/series.js').then((series) => {
    const sample = (time, instance, count, sum, buckets, jobs) => ({time, service: {instance}, metrics: {
      duration: {bounds: [0.1, 0.5, 1], count, sum, buckets}, jobs: {series: jobs.map(
        ([status, value]) => ({labels: {status}, value}))}}});
    window.series = series;
    window.early = sample(100, 'a', 10, 5, [10, 0, 0, 0], [['success', 5]]);
    window.late = sample(110, 'a', 30, 15, [10, 10, 8, 2], [['success', 20], ['error', 5]]);
    window.other = sample(112, 'b', 0, 0, [0, 0, 0, 0], []);
  }))");
  const auto value = [this](const std::string& expression) { return page_->Evaluate(expression); };
  // rate(jobs), increase by a label that was not there before, sum / count, histogram_quantile
  EXPECT_EQ(value("series.rate(early, late, 'jobs')"), 2);
  EXPECT_EQ(value("series.increase(early, late, 'jobs', ({status}) => status === 'error')"), 5);
  EXPECT_EQ(value("series.average(early, late, 'duration')"), 0.5);
  EXPECT_DOUBLE_EQ(value("series.quantile(0.25, early, late, 'duration')").get<double>(), 0.3);
  EXPECT_EQ(value("series.quantile(0.5, early, late, 'duration')"), 0.5);
  EXPECT_EQ(value("series.quantile(0.95, early, late, 'duration') === Infinity"), true) << "in the last bucket";
  EXPECT_EQ(value("series.quantile(0.5, late, late, 'duration')"), nullptr) << "nothing was recorded";
  EXPECT_EQ(value("series.increase(late, early, 'jobs')"), 0) << "a series went with its guild";
  EXPECT_EQ(value("{const all = new series.History(60); [all.add(early), all.add(late), all.between(() => 1, 15), "
                  "all.between(() => 1, 5), all.add(other), all.samples.length]}"),
            json::parse("[true, true, [[110, 1]], [[110, null]], false, 1]"))
      << "another process starts anew";
}

TEST_F(ConsolePage, SaysOfTheTelemetryWhatMetricsSay) {
  testing::OtlpReceiver receiver;
  options_.otlp_enabled = true;
  options_.metrics.otlp.endpoint = receiver.grpc_endpoint();
  options_.logs.otlp.endpoint = receiver.grpc_endpoint();
  options_.traces.otlp.endpoint = receiver.http_endpoint(testing::OtlpSignal::kTraces);
  options_.traces.batch.max_queue_size = 10;
  options_.traces.batch.max_export_batch_size = 10;
  options_.traces.batch.schedule_delay = 1h;
  options_.spool.directory = (folder_ / "spool").string();
  Open();
  for (int i = 0; i < 2'000; ++i) telemetry_->tracer().Start("work").End();
  EXPECT_TRUE(telemetry_->Flush(60s));
  const auto page = testing::ParsePrometheusText(testing::Get(telemetry_->port(), "/metrics").body);
  const auto cell = [](const std::string& kind) {
    return "document.querySelector('[data-signal=span] ." + kind + "').textContent.replaceAll(',', '')";
  };
  const auto metric = [&](const std::string& name, const std::string& error) {
    return std::to_string(
        static_cast<int>(testing::SumOf(page, "otel_sdk_" + name + "_total", {{"error_type", error}})));
  };
  const std::string lost = metric("processor_span_processed", "queue_full");
  ASSERT_NE(lost, "0") << "more was recorded at once than the queue holds";
  page_->Expect(cell("delivered") + " === '" + std::to_string(2'000 - std::stoi(lost)) + "'");
  page_->Expect(cell("lost") + " === '" + lost + " queue full'");
  page_->Expect(cell("queue") + ".trim() === '0 / 10'");
  page_->Expect("document.getElementById('telemetry-facts').textContent.includes('of 256 MiB')");
  EXPECT_EQ(receiver.store().SpansNamed("work").size(), 2'000U - std::stoul(lost));
  EXPECT_THAT(page_->Complaints(), IsEmpty());
}

TEST_F(ConsolePage, SaysWhenNobodyAnswersAndGoesOnWhenSomebodyDoes) {
  Open();
  page_->Expect("document.querySelector('[data-chart=memory]')");
  const std::string before = page_->Evaluate("document.getElementById('silence').innerText");
  EXPECT_EQ(before, "");
  options_.health_server.port = telemetry_->port();
  telemetry_.reset();
  page_->Expect("document.getElementById('silence').innerText.includes('has not answered since')");
  page_->Expect("document.getElementById('state').textContent === 'no answer'");
  EXPECT_THAT(page_->Text(), HasSubstr("music")) << "what was known stays";

  telemetry_ = std::make_unique<Telemetry>(options_);
  telemetry_->health().SetReady();
  page_->Expect("document.getElementById('silence').hidden");
  page_->Expect("document.getElementById('state').textContent === 'ready'");
  page_->Expect("!" + Row("music"));  // the new process has no such logger
}

TEST_F(ConsolePage, AsksOneThingAtATimeAndNothingWhileNobodyLooks) {
  Open();
  const auto advance = [this](int milliseconds) {
    page_->Call("Emulation.setVirtualTimePolicy",
                {{"policy", "pauseIfNetworkFetchesPending"}, {"budget", milliseconds}});
    page_->Await("Emulation.virtualTimeBudgetExpired");
  };
  const auto look = [this](const std::string& state) {
    page_->Evaluate("Object.defineProperty(document, 'visibilityState', {configurable: true, value: '" + state +
                    "'}); document.dispatchEvent(new Event('visibilitychange'))");
  };
  advance(30'000);
  const auto asked = page_->Requests().size();
  advance(30'000);
  const auto more = page_->Requests().size() - asked;
  EXPECT_GE(more, 4 * 5U);
  EXPECT_LE(more, 4 * 12U);
  for (const char* logger : {"music", "guildscope.logging"}) page_->Evaluate(Choose(logger, "ERROR"));
  page_->Evaluate(Choose("music", "DEBUG") + Choose("music", "WARNING") + Choose("music", "CRITICAL"));
  advance(10'000);
  EXPECT_EQ(LevelOf("music"), logging::Level::kCritical) << "in the order in which they were asked for";
  EXPECT_EQ(page_->Evaluate(Level("music")), "CRITICAL");
  EXPECT_EQ(page_->MostRequestsAtOnce(), 1);

  for (const bool while_asking : {false, true}) {
    if (while_asking) look("visible");
    look("hidden");
    advance(10'000);  // what was under way ends
    const auto when_hidden = page_->Requests().size();
    advance(600'000);
    EXPECT_EQ(page_->Requests().size(), when_hidden);
  }
  const auto when_hidden = page_->Requests().size();
  look("visible");
  advance(10'000);
  EXPECT_GT(page_->Requests().size(), when_hidden);
}

TEST_F(ConsolePage, FitsAPhoneAndNamesItsControls) {
  Open();
  for (const int width : {320, 390, 1280}) {
    page_->Call("Emulation.setDeviceMetricsOverride",
                {{"width", width}, {"height", 800}, {"deviceScaleFactor", 1}, {"mobile", width < 500}});
    EXPECT_LE(page_->Evaluate("document.documentElement.scrollWidth").get<int>(), width);
  }
  const std::set<std::string> controls{"combobox", "button", "image", "meter", "link", "table", "region", "navigation"};
  std::map<std::string, int> seen;
  page_->Call("Accessibility.enable");
  const json tree = page_->Call("Accessibility.getFullAXTree");
  for (const json& node : tree["nodes"]) {
    const std::string role = node.contains("role") ? node["role"].value("value", "") : "";
    if (node.value("ignored", true) || !controls.contains(role)) continue;
    ++seen[role];
    EXPECT_NE(node["name"].value("value", ""), "") << node;
  }
  EXPECT_GE(seen["combobox"], 2);
  EXPECT_EQ(seen["region"], 4);
  EXPECT_GE(seen["image"], 2) << json(seen);
}

}  // namespace
}  // namespace guildscope
