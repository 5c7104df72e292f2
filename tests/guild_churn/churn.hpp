#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "guildscope/http/server.hpp"
#include "guildscope/metrics/registry.hpp"
#include "guildscope/telemetry/telemetry.hpp"

namespace guildscope {

/// Sums by guild, by metric (OpenTelemetry's name). The guild "" is the series of what went past the limit.
using SumsByGuild = std::map<std::string, std::map<std::string, double>>;

/// Telemetry as a bot has it, without the bot: guilds join, do things, and leave, each with six series in four metrics.
/// A server takes the metrics by OTLP, and all the while another thread reads `/metrics`.
class Churn {
 public:
  /// `audio.track_events` gets this limit; the other metrics have room for all.
  explicit Churn(std::size_t track_events_limit);
  ~Churn();

  /// A guild that nobody has seen before, or that has left before.
  void Join(const std::string& guild);
  /// The guild that has been there for longest leaves. Returns its id.
  std::string Leave();
  /// Every guild does something in each of its series, on two threads.
  void Act();

  [[nodiscard]] std::size_t present() const noexcept { return guilds_.size(); }
  /// What was counted in each metric since the start, by whoever did it.
  [[nodiscard]] const std::map<std::string, double>& done() const noexcept { return done_; }

  /// What /metrics and a new export say now.
  [[nodiscard]] SumsByGuild Scraped();
  [[nodiscard]] SumsByGuild Exported();
  [[nodiscard]] std::string Page();
  /// While the result lives, the other thread reads no page.
  [[nodiscard]] std::unique_lock<std::mutex> PauseReading() { return std::unique_lock(reading_); }
  /// Pages that the other thread has read.
  [[nodiscard]] std::size_t pages() const noexcept { return pages_; }

 private:
  struct Guild {
    std::string id;
    metrics::Counter joins;
    metrics::Counter failed_joins;
    metrics::Gauge connections;
    metrics::Counter track_starts;
    metrics::Counter track_ends;
    metrics::Histogram cleanups;
  };

  static void Act(Guild& guild);
  http::Response Receive(const http::Request& request);

  // Not testing::OtlpReceiver, which keeps every point with its resource: a gigabyte of them here.
  http::Server receiver_{{.max_body_bytes = 64U << 20U}};
  std::mutex receiving_;
  SumsByGuild exported_;  // guarded by receiving_; of the newest export, which may take several requests
  Telemetry telemetry_;
  std::deque<Guild> guilds_;
  std::map<std::string, double> done_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::size_t> pages_{0};
  std::mutex reading_;
  std::thread reader_;
};

}  // namespace guildscope
