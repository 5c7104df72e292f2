#include "tests/dpp_instrumentation/bot_fixture.hpp"

#include <opentelemetry/exporters/memory/in_memory_span_exporter_factory.h>
#include <opentelemetry/sdk/trace/simple_processor_factory.h>
#include <opentelemetry/sdk/trace/tracer_provider_factory.h>
#include <opentelemetry/trace/noop.h>
#include <opentelemetry/trace/provider.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <utility>

#include "guildscope/testing/http_client.hpp"

namespace guildscope::dpp {
namespace {

using namespace std::chrono_literals;

std::string Word(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

config::TelemetryOptions Options(const std::string& log_dir) {
  config::TelemetryOptions options;
  options.sdk_disabled = true;
  options.health_server.enabled = false;
  options.logging.log_dir = log_dir;
  options.logging.third_party_level = "DEBUG";
  return options;
}

}  // namespace

BotFixture::BotFixture(const std::string& settings)
    : folder_(::testing::TempDir() + "dpp_instrumentation_" + std::to_string(getpid())) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ + "/standin.yaml") << "port: 0\ncontrol_port: 0\nca_file: " << folder_ << "/ca.pem\n"
                                           << "token: " << kToken << '\n'
                                           << settings;
  standin_ = std::make_unique<testing::Process>(
      testing::ProcessOptions{.command = {DISCORD_STANDIN, "--config", folder_ + "/standin.yaml"}});
  const json listening = standin_->WaitForEvent("listening", 60s);
  control_port_ = listening["control_port"];
  redirect_.emplace("127.0.0.1:" + listening["discord_port"].dump(), listening["ca_file"].get<std::string>());

  telemetry_.emplace(Options(folder_));
  namespace otel = opentelemetry;
  auto exporter = otel::exporter::memory::InMemorySpanExporterFactory::Create(ended_, 10'000);
  auto processor = otel::sdk::trace::SimpleSpanProcessorFactory::Create(std::move(exporter));
  otel::trace::Provider::SetTracerProvider(otel::nostd::shared_ptr<otel::trace::TracerProvider>(
      otel::sdk::trace::TracerProviderFactory::Create(std::move(processor)).release()));
  bot_.emplace(kToken);
  instrumentation_ = Instrument(*bot_, *telemetry_);
}

BotFixture::~BotFixture() {
  bot_->shutdown();
  instrumentation_ = Instrumentation();
  bot_.reset();
  telemetry_.reset();
  opentelemetry::trace::Provider::SetTracerProvider(
      opentelemetry::nostd::shared_ptr<opentelemetry::trace::TracerProvider>(
          new opentelemetry::trace::NoopTracerProvider()));
  redirect_.reset();
  standin_.reset();
  std::filesystem::remove_all(folder_);
}

void BotFixture::Connect(const std::vector<std::string>& commands) {
  bot_->on_ready([this, commands](const ::dpp::ready_t&) {
    if (!::dpp::run_once<struct RegisterCommands>()) return;
    std::vector<::dpp::slashcommand> all;
    for (const auto& command : commands) all.emplace_back(command, "What it does", bot_->me.id);
    bot_->global_bulk_command_create(all);
  });
  bot_->start(::dpp::st_return);
  ASSERT_TRUE(Eventually([&] { return telemetry_->health().Ready().status == 200; })) << Ledger().dump(1);
  const std::string registered = "/applications/{application.id}/commands PUT 200";
  ASSERT_TRUE(Eventually([&] { return Metric("api.requests")[registered] == 1; })) << Ledger().dump(1);
}

void BotFixture::Use(const std::string& command) {
  static const json guilds = json::parse(testing::Get(control_port_, "/guilds").body);
  const auto answer =
      testing::Post(control_port_, "/interactions", json{{"guild_id", guilds[0]["id"]}, {"command", command}}.dump());
  ASSERT_EQ(answer.status, 200) << answer.body;
}

void BotFixture::Fault(const json& fault) {
  const auto answer = testing::Post(control_port_, "/faults", fault.dump());
  ASSERT_EQ(answer.status, 200) << answer.body;
}

json BotFixture::Ledger() { return json::parse(testing::Get(control_port_, "/ledger").body); }

BotFixture::Counts BotFixture::Metric(std::string_view name) {
  Counts counts;
  for (const auto& metric : telemetry_->metrics().Collect().metrics) {
    if (metric.name != "disruptor.discord." + std::string(name)) continue;
    for (const auto& point : metric.points) {
      std::string labels;
      for (const auto& value : point.label_values) labels += (labels.empty() ? "" : " ") + value;
      counts[labels] = metric.kind == metrics::Kind::kHistogram ? double(point.count) : point.value;
    }
  }
  return counts;
}

BotFixture::Counts BotFixture::FromLedger(const json& list, const std::vector<std::string>& keys,
                                          const std::string& value) {
  Counts counts;
  for (const auto& entry : list) {
    std::string labels;
    for (const auto& key : keys) labels += (labels.empty() ? "" : " ") + Word(entry.at(key));
    counts[labels] += entry.at(value).get<double>();
  }
  return counts;
}

const std::vector<EndedSpan>& BotFixture::Spans() {
  for (const auto& span : ended_->GetSpans()) spans_.push_back(Translate(*span));
  return spans_;
}

std::vector<EndedSpan> BotFixture::SpansNamed(const std::string& name) {
  std::vector<EndedSpan> found;
  for (const auto& span : Spans()) {
    if (span.name == name) found.push_back(span);
  }
  return found;
}

}  // namespace guildscope::dpp
