#pragma once

#include <chrono>
#include <string_view>

#include "guildscope/metrics/registry.hpp"

namespace guildscope::dpp {

/// The metrics of slash commands. Threads: any. Lifetime: the registry must outlive it.
class CommandMetrics {
 public:
  explicit CommandMetrics(metrics::Registry& registry);

  void Started(std::string_view command) const;
  void Ended(std::string_view command, std::string_view status, std::chrono::duration<double> duration) const;

 private:
  metrics::CounterFamily<2> commands_;
  metrics::HistogramFamily<2> duration_;
  metrics::GaugeFamily<1> active_;
};

}  // namespace guildscope::dpp
