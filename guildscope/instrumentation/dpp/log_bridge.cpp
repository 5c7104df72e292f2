#include "guildscope/instrumentation/dpp/log_bridge.hpp"

#include <dpp/cluster.h>

#include <source_location>
#include <utility>

#include "guildscope/instrumentation/dpp/cluster_state.hpp"

namespace guildscope::dpp {
namespace {

logging::Level ToLevel(::dpp::loglevel level) noexcept {
  switch (level) {
    case ::dpp::ll_trace:
    case ::dpp::ll_debug:
      return logging::Level::kDebug;
    case ::dpp::ll_info:
      return logging::Level::kInfo;
    case ::dpp::ll_warning:
      return logging::Level::kWarning;
    case ::dpp::ll_error:
      return logging::Level::kError;
    case ::dpp::ll_critical:
      return logging::Level::kCritical;
  }
  return logging::Level::kCritical;
}

}  // namespace

void BridgeLog(::dpp::cluster& bot, const std::shared_ptr<ClusterState>& state, logging::Logger logger) {
  // Never detached: the bot may be gone by then. What stays behind holds no more than an expired pointer.
  bot.on_log([weak = std::weak_ptr(state), logger = std::move(logger)](const ::dpp::log_t& record) {
    const logging::Level level = ToLevel(record.severity);
    if (!logger.Enabled(level)) return;
    if (const auto alive = weak.lock()) {
      alive->WhileOpen([&] { logger.Write(level, record.message, std::source_location::current()); });
    }
  });
}

}  // namespace guildscope::dpp
