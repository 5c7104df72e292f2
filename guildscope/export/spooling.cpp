#include "guildscope/export/spooling.hpp"

#include <algorithm>
#include <utility>

#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::exporting {
namespace {

namespace catalogue = metrics::catalogue;
using metrics::Observer;
constexpr std::chrono::minutes kQuiet{1};

spool::Fsync ToFsync(config::SpoolFsync fsync) noexcept {
  switch (fsync) {
    case config::SpoolFsync::kNever:
      return spool::Fsync::kNever;
    case config::SpoolFsync::kAlways:
      return spool::Fsync::kAlways;
    case config::SpoolFsync::kInterval:
      break;
  }
  return spool::Fsync::kInterval;
}

}  // namespace

std::shared_ptr<spool::Spool> MakeSpool(const config::SpoolSettings& settings, const Clock& clock) {
  std::vector<std::string> lanes;
  for (const Signal signal : kSpooledSignals) lanes.emplace_back(ToString(signal));
  return std::make_shared<spool::Spool>(spool::Options{.directory = settings.directory,
                                                       .max_bytes = settings.max_bytes,
                                                       .fsync = ToFsync(settings.fsync),
                                                       .compress = settings.compress},
                                        std::move(lanes), clock);
}

std::vector<metrics::Subscription> ShowSpool(
    metrics::Registry& registry, const std::shared_ptr<const spool::Spool>& spool,
    const std::array<std::shared_ptr<const Account>, kSpooledSignals.size()>& accounts, const Clock& clock) {
  std::vector<metrics::Subscription> shown;
  const auto whole = [&](const auto& row, auto value) {
    shown.push_back(registry.Observe(
        row, [spool, value](Observer<0>& observe) { observe(static_cast<double>(value(spool->stats()))); }));
  };
  whole(catalogue::kSpoolSize, [](const spool::SpoolStats& stats) { return stats.bytes; });
  whole(catalogue::kSpoolLimit, [](const spool::SpoolStats& stats) { return stats.max_bytes; });
  whole(catalogue::kSpoolUsable, [](const spool::SpoolStats& stats) { return stats.usable; });
  whole(catalogue::kSpoolErrors, [](const spool::SpoolStats& stats) { return stats.write_errors; });

  const auto by_signal = [&](const auto& row, auto value) {
    shown.push_back(registry.Observe(row, [spool, accounts, value](Observer<1>& observe) {
      const spool::SpoolStats stats = spool->stats();
      for (const Signal signal : kSpooledSignals) {
        const std::size_t lane = LaneOf(signal);
        observe(static_cast<double>(value(stats.lanes[lane], *accounts[lane])), {ToString(signal)});
      }
    }));
  };
  using Lane = spool::LaneStats;
  by_signal(catalogue::kSpoolRequests, [](const Lane& lane, const Account&) { return lane.records; });
  by_signal(catalogue::kSpoolItems, [](const Lane& lane, const Account&) { return lane.items; });
  by_signal(catalogue::kSpoolOldestAge, [&clock](const Lane& lane, const Account&) {
    if (!lane.oldest) return 0.0;
    return std::max(0.0, std::chrono::duration<double>(clock.Now() - *lane.oldest).count());
  });
  by_signal(catalogue::kSpoolWrittenItems, [](const Lane& lane, const Account&) { return lane.written_items; });
  by_signal(catalogue::kSpoolInheritedItems, [](const Lane&, const Account& account) { return account.inherited(); });
  by_signal(catalogue::kSpoolReplayedItems, [](const Lane&, const Account& account) { return account.replayed(); });
  by_signal(catalogue::kSpoolResentItems, [](const Lane&, const Account& account) { return account.resent(); });
  by_signal(catalogue::kSpoolDropped, [](const Lane& lane, const Account&) { return lane.lost_bytes; });
  shown.push_back(registry.Observe(catalogue::kSpoolDroppedItems, [accounts](Observer<2>& observe) {
    for (const Signal signal : kSpooledSignals) {
      const Account& account = *accounts[LaneOf(signal)];
      observe(static_cast<double>(account.failed(Loss::kSpoolFull)), {ToString(signal), "limit"});
      observe(static_cast<double>(account.failed(Loss::kSpoolDamaged)), {ToString(signal), "damaged"});
    }
  }));
  return shown;
}

void SpoolReporter::Found(Signal signal, std::uint64_t items) {
  logger_.Info("the spool {} holds {} {} of an earlier run; they are sent first", directory_, items, ItemName(signal));
}

void SpoolReporter::Look(const spool::SpoolStats& stats) {
  const std::lock_guard lock(mutex_);
  if (failing_ && stats.problem.empty()) {
    failing_ = false;
    errors_ = stats.write_errors;
    logger_.Info("the spool {} can be written again", directory_);
  }
  if (clock_.SteadyNow() < quiet_until_) return;
  if (stats.write_errors > errors_) {
    logger_.Error("the spool {} {}; {} failures; what no collector takes may be lost", directory_, stats.problem,
                  stats.write_errors - std::exchange(errors_, stats.write_errors));
    failing_ = !stats.problem.empty();
    quiet_until_ = clock_.SteadyNow() + kQuiet;
  }
  for (const Signal signal : kSpooledSignals) {
    const auto& lane = stats.lanes[LaneOf(signal)];
    const std::uint64_t lost = lane.lost_items[0] + lane.lost_items[1];
    std::uint64_t& told = lost_[LaneOf(signal)];
    if (lost == told) continue;
    logger_.Error("the spool {} lost {} {}: {} at its limit of {} bytes and {} damaged in this run", directory_,
                  lost - told, ItemName(signal), lane.lost_items[0], stats.max_bytes, lane.lost_items[1]);
    told = lost;
    quiet_until_ = clock_.SteadyNow() + kQuiet;
  }
}

}  // namespace guildscope::exporting
