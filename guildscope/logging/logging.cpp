#include "guildscope/logging/logging.hpp"

#include <pthread.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <utility>
#include <vector>

#include "guildscope/logging/log_directory.hpp"
#include "guildscope/logging/otlp_sink.hpp"
#include "guildscope/logging/record.hpp"
#include "guildscope/tracing/context.hpp"

namespace guildscope::logging {
namespace {

using OtlpLogger = opentelemetry::nostd::shared_ptr<opentelemetry::logs::Logger>;

void CheckRange(const char* name, std::size_t value, std::size_t lowest, std::size_t highest) {
  if (value >= lowest && value <= highest) return;
  throw std::invalid_argument(std::string(name) + " is " + std::to_string(value) +
                              "; accepted: " + std::to_string(lowest) + " to " + std::to_string(highest));
}

bool BelongsToExporter(std::string_view logger) { return logger == kExporterLogger || logger == kOpenTelemetryLogger; }

std::int64_t ThreadId() {
  thread_local const std::int64_t id = gettid();
  return id;
}

}  // namespace

/// What the loggers share and keep alive: the sinks. Close breaks the circle of loggers and core.
class Logging::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(LoggingOptions options, std::shared_ptr<const Redactor> redactor, const Clock& clock);

  Logger Get(std::string_view name, bool third_party);
  void SetLevels(Level level, std::map<std::string, Level, std::less<>> loggers, Level third_party_level);
  void EnableOtlp();
  void DisableOtlp() noexcept;
  void Close() noexcept;
  void Flush() noexcept;
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  class State;

  void Write(State& state, Level level, std::string_view message, const Fields& fields,
             const std::source_location& location);
  void WriteLines(State& state, const Record& record) noexcept;
  [[nodiscard]] Fields Redacted(const Fields& fields) const;
  [[nodiscard]] Level LevelOf(const std::string& name, bool third_party) const;
  /// What a sink throws is counted, and keeps no other sink from its record.
  template <typename Work>
  void Guarded(Work&& work) noexcept {
    try {
      work();
    } catch (...) {
      lost_.fetch_add(1, std::memory_order_relaxed);
    }
  }

  const std::shared_ptr<const Redactor> redactor_;
  const Clock& clock_;
  const bool otlp_only_;
  std::string resource_;  // what lines of files end with
  spdlog::sinks::stderr_sink_mt console_;
  std::atomic<bool> quiet_console_{false};
  std::atomic<std::uint64_t> lost_{0};

  std::mutex mutex_;
  LoggingOptions options_;                                             // guarded by mutex_
  std::unique_ptr<LogDirectory> directory_;                            // guarded by mutex_
  std::map<std::string, std::shared_ptr<State>, std::less<>> states_;  // guarded by mutex_
  bool otlp_ = false;                                                  // guarded by mutex_
  bool closed_ = false;                                                // guarded by mutex_
};

/// One logger: its name, its file, and its counterpart in OpenTelemetry.
class Logging::Core::State final : public LoggerState {
 public:
  State(std::shared_ptr<Core> core, std::string name, std::shared_ptr<LogFile> file)
      : name_(std::move(name)), core_(std::move(core)), file_(std::move(file)) {}

  void Write(Level level, std::string_view message, const Fields& fields,
             const std::source_location& location) noexcept override {
    core_->Guarded([&] { core_->Write(*this, level, message, fields, location); });
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] const std::shared_ptr<LogFile>& file() const noexcept { return file_; }

  void set_otlp(OtlpLogger logger) {
    const std::lock_guard lock(mutex_);
    std::swap(otlp_, logger);
  }
  [[nodiscard]] OtlpLogger otlp() {
    const std::lock_guard lock(mutex_);
    return otlp_;
  }

  bool third_party = false;  // guarded by Core's mutex

 private:
  const std::string name_;
  const std::shared_ptr<Core> core_;
  const std::shared_ptr<LogFile> file_;
  std::mutex mutex_;
  OtlpLogger otlp_;  // guarded by mutex_; null: not sent by OTLP
};

Logging::Core::Core(LoggingOptions options, std::shared_ptr<const Redactor> redactor, const Clock& clock)
    : redactor_(redactor ? std::move(redactor) : std::make_shared<const Redactor>()),
      clock_(clock),
      otlp_only_(options.otlp_only),
      options_(std::move(options)) {
  console_.set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
  CheckRange("log_file_count", options_.log_file_count, 1, 1'000);
  CheckRange("log_file_max_bytes", options_.log_file_max_bytes, 4'096, 1'073'741'824);
  for (const auto& [key, value] : options_.resource) AppendField(resource_, key, value);
  if (options_.log_dir.empty() || otlp_only_) return;
  directory_ =
      std::make_unique<LogDirectory>(options_.log_dir, options_.log_file_count, options_.log_file_max_bytes, clock_);
}

Level Logging::Core::LevelOf(const std::string& name, bool third_party) const {
  const auto own = options_.loggers.find(name);
  if (own != options_.loggers.end()) return own->second;
  return third_party ? options_.third_party_level : options_.level;
}

Logger Logging::Core::Get(std::string_view name, bool third_party) {
  const std::lock_guard lock(mutex_);
  if (closed_) return Logger();
  const auto found = states_.find(name);
  if (found != states_.end()) {
    State& state = *found->second;
    state.third_party = state.third_party || third_party;
    state.set_threshold(LevelOf(state.name(), state.third_party));
    return Logger(found->second);
  }
  auto state =
      std::make_shared<State>(shared_from_this(), std::string(name), directory_ ? directory_->FileOf(name) : nullptr);
  state->third_party = third_party;
  state->set_threshold(LevelOf(state->name(), third_party));
  if (otlp_ && !BelongsToExporter(name)) state->set_otlp(GlobalLogger(name));
  states_.emplace(state->name(), state);
  return Logger(state);
}

void Logging::Core::SetLevels(Level level, std::map<std::string, Level, std::less<>> loggers, Level third_party_level) {
  const std::lock_guard lock(mutex_);
  options_.level = level;
  options_.loggers = std::move(loggers);
  options_.third_party_level = third_party_level;
  for (const auto& [name, state] : states_) state->set_threshold(LevelOf(name, state->third_party));
}

void Logging::Core::EnableOtlp() {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  otlp_ = true;
  for (const auto& [name, state] : states_) {
    if (!BelongsToExporter(name)) state->set_otlp(GlobalLogger(name));
  }
  quiet_console_.store(otlp_only_, std::memory_order_relaxed);
}

void Logging::Core::DisableOtlp() noexcept {
  const std::lock_guard lock(mutex_);
  otlp_ = false;
  quiet_console_.store(false, std::memory_order_relaxed);
  for (const auto& [name, state] : states_) state->set_otlp({});
}

void Logging::Core::Close() noexcept {
  DisableOtlp();
  const std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& [name, state] : states_) state->set_threshold(Level::kOff);
  if (directory_) directory_->Close();
  states_.clear();
}

void Logging::Core::Flush() noexcept {
  // Every line of a file is with the kernel when its call returns.
  Guarded([this] { console_.flush(); });
}

Fields Logging::Core::Redacted(const Fields& fields) const {
  Fields result;
  result.reserve(fields.size());
  for (const auto& [key, value] : fields) {
    // Together, since some shapes are secret by their name: `authorization=...`.
    const std::string start = std::string(key) + "=";
    const std::string text = redactor_->Redact(start + value);
    result.emplace_back(key, text.starts_with(start) ? text.substr(start.size()) : "***");
  }
  return result;
}

void Logging::Core::Write(State& state, Level level, std::string_view message, const Fields& fields,
                          const std::source_location& location) {
  const std::string text = redactor_->Redact(message);
  const Fields redacted = Redacted(fields);
  char thread_name[16] = {};
  pthread_getname_np(pthread_self(), thread_name, sizeof(thread_name));
  const Record record{.level = level,
                      .time = clock_.Now(),
                      .logger = state.name(),
                      .message = text,
                      .fields = redacted,
                      .location = location,
                      .thread_id = ThreadId(),
                      .thread_name = thread_name,
                      .span = tracing::CurrentSpan()};
  WriteLines(state, record);
  if (const OtlpLogger otlp = state.otlp()) Guarded([&] { Emit(*otlp, record); });
}

void Logging::Core::WriteLines(State& state, const Record& record) noexcept {
  const bool to_console = !quiet_console_.load(std::memory_order_relaxed) || BelongsToExporter(state.name());
  if (!to_console && !state.file()) return;
  Guarded([&] {
    std::string line = ToLine(record);
    if (to_console) {
      console_.log(spdlog::details::log_msg({}, spdlog::level::info, {line.data(), line.size()}));
    }
    if (state.file()) state.file()->Write(line += resource_);
  });
}

Logging::Logging(LoggingOptions options, std::shared_ptr<const Redactor> redactor, const Clock& clock)
    : core_(std::make_shared<Core>(std::move(options), std::move(redactor), clock)) {}

Logging::~Logging() { core_->Close(); }

Logger Logging::Get(std::string_view name) { return core_->Get(name, false); }

Logger Logging::GetThirdParty(std::string_view name) { return core_->Get(name, true); }

void Logging::SetLevels(Level level, std::map<std::string, Level, std::less<>> loggers, Level third_party_level) {
  core_->SetLevels(level, std::move(loggers), third_party_level);
}

void Logging::EnableOtlp() { core_->EnableOtlp(); }

void Logging::DisableOtlp() noexcept { core_->DisableOtlp(); }

std::uint64_t Logging::lost() const noexcept { return core_->lost(); }

void Logging::Flush() noexcept { core_->Flush(); }

}  // namespace guildscope::logging
