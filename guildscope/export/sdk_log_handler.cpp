#include "guildscope/export/sdk_log_handler.hpp"

#include <opentelemetry/sdk/common/global_log_handler.h>

#include <string>
#include <utility>

namespace guildscope::exporting {
namespace {

namespace internal_log = opentelemetry::sdk::common::internal_log;

logging::Level ToLevel(internal_log::LogLevel level) noexcept {
  switch (level) {
    case internal_log::LogLevel::Error:
      return logging::Level::kError;
    case internal_log::LogLevel::Warning:
      return logging::Level::kWarning;
    case internal_log::LogLevel::Info:
      return logging::Level::kInfo;
    case internal_log::LogLevel::Debug:
    case internal_log::LogLevel::None:
      break;
  }
  return logging::Level::kDebug;
}

class Handler final : public internal_log::LogHandler {
 public:
  explicit Handler(logging::Logger logger) : logger_(std::move(logger)) {}

  void Handle(internal_log::LogLevel level, const char* file, int line, const char* message,
              const opentelemetry::sdk::common::AttributeMap&) noexcept override {
    if (message == nullptr) return;
    logger_.Write(
        ToLevel(level),
        file == nullptr ? std::string(message) : std::string(message) + " (" + file + ":" + std::to_string(line) + ")",
        std::source_location::current());
  }

 private:
  const logging::Logger logger_;
};

}  // namespace

void SendSdkLogsTo(logging::Logger logger) {
  internal_log::GlobalLogHandler::SetLogHandler(
      opentelemetry::nostd::shared_ptr<internal_log::LogHandler>(new Handler(std::move(logger))));
  internal_log::GlobalLogHandler::SetLogLevel(internal_log::LogLevel::Debug);  // the logger's own level decides
}

}  // namespace guildscope::exporting
