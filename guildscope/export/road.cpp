#include "guildscope/export/road.hpp"

#include <array>
#include <utility>

#include "guildscope/export/transports.hpp"

namespace guildscope::exporting {

RetryPolicy Road::policy() const {
  RetryPolicy policy;
  policy.attempt_timeout = otlp.timeout;
  policy.total_timeout = total_timeout;
  return policy;
}

std::vector<metrics::Subscription> RoadMaker::StartSpool(const SpoolAccounts& accounts) {
  if (options_.spool.directory.empty()) return {};
  spool_ = MakeSpool(options_.spool, clock_);
  spool_reporter_ = std::make_shared<SpoolReporter>(options_.spool.directory, logger_, clock_);
  return ShowSpool(registry_, spool_, accounts, clock_);
}

std::unique_ptr<Delivery> RoadMaker::MakePlain(const Road& road) const {
  return std::make_unique<Delivery>(MakeTransport(road.signal, road.exporter, road.otlp), road.policy(), clock_);
}

std::shared_ptr<Delivery> RoadMaker::Make(Road& road, OnVerdict& on_verdict) const {
  std::shared_ptr<Transport> transport = MakeTransport(road.signal, road.exporter, road.otlp);
  road.destination = transport->destination();
  const bool spooled = has_spool() && road.exporter == config::Exporter::kOtlp;
  auto reporter = std::make_shared<Reporter>(road.signal, road.destination, logger_, clock_, spooled);
  road.durations = std::make_shared<DurationRecorder>(
      registry_, Component(ExporterType(road.signal, road.exporter, road.otlp.protocol)));
  on_verdict = [reporter, durations = road.durations](const Verdict& verdict, std::size_t items,
                                                      std::chrono::nanoseconds took) {
    reporter->Ended(verdict, items);
    if (!verdict.spooled) durations->RecordExport(took, verdict.loss ? ToString(*verdict.loss) : "");
  };
  if (spooled) return MakeSpooled(road, std::move(transport), std::move(reporter), on_verdict);
  auto delivery = std::make_shared<Delivery>(std::move(transport), road.policy(), clock_);
  delivery->OnRetry([reporter](const std::string& detail) { reporter->Retrying(detail); });
  return delivery;
}

std::shared_ptr<Delivery> RoadMaker::MakeSpooled(Road& road, std::shared_ptr<Transport> transport,
                                                 std::shared_ptr<Reporter> reporter,
                                                 const OnVerdict& on_verdict) const {
  constexpr std::array kThreadNames{"gs-send-traces", "gs-send-metrics", "gs-send-logs"};
  SpooledDelivery::Parts parts;
  parts.thread_name = kThreadNames.at(LaneOf(road.signal));
  parts.transport = std::move(transport);
  parts.spool = spool_;
  parts.lane = LaneOf(road.signal);
  parts.account = road.account;
  parts.policy = road.policy();
  parts.write_ahead = options_.spool.mode == config::SpoolMode::kWriteAhead;
  parts.replay_bytes_per_second = options_.spool.replay_bytes_per_second;
  parts.on_verdict = on_verdict;
  parts.on_retry = [reporter = std::move(reporter)](const std::string& detail) { reporter->Retrying(detail); };
  parts.on_found = [found = spool_reporter_, signal = road.signal](std::uint64_t items) {
    found->Found(signal, items);
  };
  parts.on_tick = [kept = spool_, look = spool_reporter_] { look->Look(kept->stats()); };
  parts.clock = &clock_;
  road.spooled = std::make_shared<SpooledDelivery>(std::move(parts));
  return road.spooled;
}

}  // namespace guildscope::exporting
