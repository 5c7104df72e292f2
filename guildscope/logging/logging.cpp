#include "guildscope/logging/logging.hpp"

#include <utility>

#include "guildscope/logging/core.hpp"

namespace guildscope::logging {

Logging::Logging(LoggingOptions options, std::shared_ptr<const Redactor> redactor, const Clock& clock)
    : core_(std::make_shared<Core>(std::move(options), std::move(redactor), clock)) {
  core_->Start();
}

Logging::~Logging() { core_->Close(); }

Logger Logging::Get(std::string_view name) { return core_->Get(name, false); }

Logger Logging::GetThirdParty(std::string_view name) { return core_->Get(name, true); }

void Logging::SetLevels(Level level, std::map<std::string, Level, std::less<>> loggers, Level third_party_level) {
  core_->SetLevels(level, std::move(loggers), third_party_level);
}

bool Logging::SetLevel(std::string_view name, Level level) { return core_->SetLevel(name, level); }

bool Logging::ResetLevel(std::string_view name) { return core_->ResetLevel(name); }

std::vector<LoggerReport> Logging::Loggers() const { return core_->Loggers(); }

DefaultLevels Logging::default_levels() const { return core_->default_levels(); }

void Logging::EnableOtlp() { core_->EnableOtlp(); }

void Logging::DisableOtlp() noexcept { core_->DisableOtlp(); }

std::uint64_t Logging::lost() const noexcept { return core_->lost(); }

LevelCounts Logging::dropped() const noexcept { return core_->dropped(); }

bool Logging::Flush(std::chrono::milliseconds limit) noexcept { return core_->Flush(limit); }

}  // namespace guildscope::logging
