#include "guildscope/logging/core.hpp"

#include <stdexcept>
#include <utility>

namespace guildscope::logging {
namespace {

constexpr std::chrono::milliseconds kCloseLimit{1'000};
constexpr std::string_view kOwnLogger = "guildscope.logging";

void CheckRange(const char* name, std::size_t value, std::size_t lowest, std::size_t highest) {
  if (value >= lowest && value <= highest) return;
  throw std::invalid_argument(std::string(name) + " is " + std::to_string(value) +
                              "; accepted: " + std::to_string(lowest) + " to " + std::to_string(highest));
}

bool BelongsToExporter(std::string_view logger) { return logger == kExporterLogger || logger == kOpenTelemetryLogger; }

}  // namespace

Logging::Core::State::State(std::shared_ptr<Core> core, std::string name, std::shared_ptr<LogFile> file)
    : name_(std::move(name)), core_(std::move(core)), file_(std::move(file)), of_exporter_(BelongsToExporter(name_)) {}

void Logging::Core::State::set_otlp(std::unique_ptr<const OtlpSink> sink) {
  otlp_.store(sink.get(), std::memory_order_release);
  if (sink) sinks_.push_back(std::move(sink));
}

Logging::Core::Core(LoggingOptions options, std::shared_ptr<const Redactor> redactor, const Clock& clock)
    : redactor_(redactor ? std::move(redactor) : std::make_shared<const Redactor>()),
      clock_(clock),
      otlp_only_(options.otlp_only),
      options_(std::move(options)) {
  CheckRange("log_file_count", options_.log_file_count, 1, 1'000);
  CheckRange("log_file_max_bytes", options_.log_file_max_bytes, 4'096, 1'073'741'824);
  CheckRange("queue_size", options_.queue_size, 1, 10'000'000);
  CheckRange("queue_bytes", options_.queue_bytes, 65'536, 1'073'741'824);
  for (const auto& [key, value] : options_.resource) AppendField(resource_, key, value);
  if (options_.log_dir.empty() || otlp_only_) return;
  directory_ =
      std::make_unique<LogDirectory>(options_.log_dir, options_.log_file_count, options_.log_file_max_bytes, clock_);
}

void Logging::Core::Start() {
  (void)Get(kOwnLogger, false);
  own_ = states_.find(kOwnLogger)->second;
  RecordQueue::Parts parts;
  parts.max_records = options_.queue_size;
  parts.max_bytes = options_.queue_bytes;
  parts.write = [self = shared_from_this()](std::string_view record) { self->WriteLine(record); };
  parts.drained = [self = shared_from_this()](const LevelCounts& dropped) { self->TellDropped(dropped); };
  queue_ = std::make_unique<RecordQueue>(std::move(parts));
}

Level Logging::Core::ConfiguredLevelOf(const std::string& name, bool third_party) const {
  const auto own = options_.loggers.find(name);
  if (own != options_.loggers.end()) return own->second;
  return third_party ? options_.third_party_level : options_.level;
}

void Logging::Core::SetThreshold(State& state) {
  state.set_threshold(state.level_at_hand.value_or(ConfiguredLevelOf(state.name(), state.third_party)));
}

Logger Logging::Core::Get(std::string_view name, bool third_party) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Logger();
  const auto found = states_.find(name);
  if (found != states_.end()) {
    State& state = *found->second;
    state.third_party = state.third_party || third_party;
    SetThreshold(state);
    return Logger(found->second);
  }
  auto state =
      std::make_shared<State>(shared_from_this(), std::string(name), directory_ ? directory_->FileOf(name) : nullptr);
  state->third_party = third_party;
  SetThreshold(*state);
  if (otlp_ && !state->of_exporter()) state->set_otlp(std::make_unique<OtlpSink>(name));
  states_.emplace(state->name(), state);
  return Logger(state);
}

void Logging::Core::SetLevels(Level level, std::map<std::string, Level, std::less<>> loggers, Level third_party_level) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  options_.level = level;
  options_.loggers = std::move(loggers);
  options_.third_party_level = third_party_level;
  for (const auto& [name, state] : states_) {
    state->level_at_hand.reset();
    SetThreshold(*state);
  }
}

bool Logging::Core::SetLevel(std::string_view name, Level level) {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(name);
  if (found == states_.end() || closed_) return false;
  found->second->level_at_hand = level;
  SetThreshold(*found->second);
  return true;
}

bool Logging::Core::ResetLevel(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(name);
  if (found == states_.end() || closed_) return false;
  found->second->level_at_hand.reset();
  SetThreshold(*found->second);
  return true;
}

DefaultLevels Logging::Core::default_levels() const {
  const std::lock_guard lock(mutex_);
  return {.level = options_.level, .third_party = options_.third_party_level};
}

std::vector<LoggerReport> Logging::Core::Loggers() const {
  const std::lock_guard lock(mutex_);
  std::vector<LoggerReport> reports;
  reports.reserve(states_.size());
  for (const auto& [name, state] : states_) {
    LoggerReport& report = reports.emplace_back();
    report.name = name;
    report.level = state->threshold();
    report.configured = ConfiguredLevelOf(name, state->third_party);
    report.third_party = state->third_party;
    for (std::size_t i = 0; i < report.records.size(); ++i) {
      report.records[i] = state->counts.records[i].load(std::memory_order_relaxed);
    }
    report.dropped = state->counts.dropped.load(std::memory_order_relaxed);
    report.otlp_dropped = state->counts.otlp_dropped.load(std::memory_order_relaxed);
  }
  return reports;
}

void Logging::Core::EnableOtlp() {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  otlp_ = true;
  for (const auto& [name, state] : states_) {
    if (!state->of_exporter()) state->set_otlp(std::make_unique<OtlpSink>(name));
  }
  quiet_console_.store(otlp_only_, std::memory_order_relaxed);
}

void Logging::Core::DisableOtlp() noexcept {
  const std::lock_guard lock(mutex_);
  otlp_ = false;
  quiet_console_.store(false, std::memory_order_relaxed);
  for (const auto& [name, state] : states_) state->set_otlp(nullptr);
}

void Logging::Core::Close() noexcept {
  DisableOtlp();
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    for (const auto& [name, state] : states_) state->set_threshold(Level::kOff);
  }
  queue_->Close(kCloseLimit);
  if (queue_->left_alone()) return;  // a thread that hangs in a sink may come back, and then needs all of this
  const std::lock_guard lock(mutex_);
  if (directory_) directory_->Close();
  states_.clear();
  own_.reset();
}

std::uint64_t Logging::Core::lost() const noexcept {
  std::uint64_t all = lost_.load(std::memory_order_relaxed);
  for (const std::uint64_t dropped : queue_->dropped()) all += dropped;
  return all;
}

}  // namespace guildscope::logging
