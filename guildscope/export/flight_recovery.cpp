#include "guildscope/export/flight_recovery.hpp"

#include <algorithm>
#include <condition_variable>
#include <list>
#include <mutex>
#include <string>
#include <utility>

#include "guildscope/base/thread.hpp"
#include "guildscope/export/flight_requests.hpp"
#include "guildscope/flight_recorder/recordings.hpp"

namespace guildscope::exporting {
namespace {

using flight::ClaimedRecording;
using flight::Recording;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr std::size_t kMostRecordings = 8;
constexpr std::chrono::hours kOldest{24 * 7};
constexpr std::chrono::minutes kLongestWait{5};

std::chrono::seconds AgeOf(const Recording& recording) {
  const auto last = std::chrono::nanoseconds(recording.LastUnixNano());
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch() - last);
}

std::string Describe(const Recording& recording, const RecoveredRequests& spans, const RecoveredRequests& logs) {
  std::size_t open = 0;
  std::size_t ended = 0;
  std::size_t records = 0;
  for (const auto& request : spans.requests) {
    for (const auto* item : request.items) ++(item->kind == flight::Kind::kSpanStarted ? open : ended);
  }
  for (const auto& request : logs.requests) records += request.items.size();
  std::string text = "process " + std::to_string(recording.pid) + " (" + recording.service_name + ", instance " +
                     recording.instance_id + ") ended without a shutdown " + std::to_string(AgeOf(recording).count()) +
                     " s ago: ";
  text += recording.crash           ? ToString(*recording.crash)
          : recording.before_reboot ? "the machine was started again since"
                                    : "killed, or by a way that leaves no signal";
  return text + "; recovered " + std::to_string(open) + " open spans, " + std::to_string(ended) + " ended spans and " +
         std::to_string(records) + " log records that were not exported";
}

}  // namespace

struct FlightRecovery::State {
  explicit State(Parts given) : parts(std::move(given)) {}

  /// A recording that is ours to export, and how far that is.
  struct Waiting {
    ClaimedRecording claimed;
    bool told = false;
    bool spans_sent = false;
    bool logs_sent = false;
  };

  void Run();
  void FindRecordings();
  void Prune();
  /// False when something of it is to be tried again.
  bool Export(Waiting& one);
  bool Send(Signal signal, Delivery* delivery, const RecoveredRequests& recovered, ClaimedRecording& claimed);
  void Tell(const std::function<void()>& what);
  void Count(Signal signal, const Counts& counts) {
    Tell([&] { parts.on_counts(signal, counts); });
  }

  Parts parts;
  StopSignal stop;
  std::list<Waiting> waiting;  // of the thread
  std::mutex mutex;
  std::condition_variable changed;
  bool ended = false;      // guarded by mutex
  bool abandoned = false;  // guarded by mutex: whoever is told things has gone
};

// A thread that was left alone may come back when the registry and the logger have gone.
void FlightRecovery::State::Tell(const std::function<void()>& what) {
  const std::lock_guard lock(mutex);
  if (!abandoned) what();
}

void FlightRecovery::State::Run() {
  auto wait = parts.first_wait;
  try {
    FindRecordings();
    Prune();
    while (!waiting.empty() && !stop.requested()) {
      waiting.remove_if([this](Waiting& one) {
        if (stop.requested() || !Export(one)) return false;
        one.claimed.Settle();
        return true;
      });
      if (waiting.empty()) break;
      stop.Pause(wait, false);
      wait = std::min<std::chrono::nanoseconds>(wait * 2, kLongestWait);
    }
  } catch (const std::exception& exception) {
    Tell([&] { parts.logger.Error("recordings of processes that crashed are not exported: {}", exception.what()); });
  }
  const std::lock_guard lock(mutex);
  ended = true;
  changed.notify_all();
}

void FlightRecovery::State::FindRecordings() {
  flight::RemoveUnfinished(parts.directory);
  for (const auto& file : flight::RecordingFiles(parts.directory)) {
    try {
      if (auto one = ClaimedRecording::Claim(file)) waiting.push_back({.claimed = std::move(*one)});
    } catch (const std::exception& exception) {
      Tell([&] {
        parts.logger.Warning("the recording '{}' is left alone: {}", file.string(), std::string(exception.what()));
      });
    }
  }
  waiting.remove_if([](Waiting& one) {
    if (!one.claimed.recording().ended_cleanly) return false;
    one.claimed.Settle();
    return true;
  });
}

// A bot that crashes as often as it is started must not fill the disk.
void FlightRecovery::State::Prune() {
  while (!waiting.empty() &&
         (waiting.size() > kMostRecordings || AgeOf(waiting.front().claimed.recording()) > kOldest)) {
    ClaimedRecording& one = waiting.front().claimed;
    const auto items = [&](const RecoveredRequests& recovered) {
      std::uint64_t count = recovered.unreadable;
      for (const auto& request : recovered.requests) count += request.items.size();
      return count;
    };
    Count(Signal::kTraces, {.failed = items(RecoverSpans(one.recording(), *parts.redactor))});
    Count(Signal::kLogs, {.failed = items(RecoverLogs(one.recording(), *parts.redactor))});
    Tell([&] {
      parts.logger.Error(
          "the recording '{}' is removed without being exported: more than {} wait, or it is older than "
          "{} hours",
          one.file().string(), kMostRecordings, kOldest.count());
    });
    one.Settle();
    waiting.pop_front();
  }
}

bool FlightRecovery::State::Export(Waiting& one) {
  const Recording& recording = one.claimed.recording();
  const RecoveredRequests spans = RecoverSpans(recording, *parts.redactor);
  const RecoveredRequests logs = RecoverLogs(recording, *parts.redactor);
  if (!std::exchange(one.told, true)) {
    Tell([&] { parts.logger.Error("{}", Describe(recording, spans, logs)); });
    Count(Signal::kTraces, {.delivered_before = spans.already_delivered, .failed = spans.unreadable});
    Count(Signal::kLogs, {.delivered_before = logs.already_delivered, .failed = logs.unreadable});
  }
  if (!one.spans_sent) one.spans_sent = Send(Signal::kTraces, parts.traces.get(), spans, one.claimed);
  if (!one.logs_sent) one.logs_sent = Send(Signal::kLogs, parts.logs.get(), logs, one.claimed);
  return one.spans_sent && one.logs_sent;
}

bool FlightRecovery::State::Send(Signal signal, Delivery* delivery, const RecoveredRequests& recovered,
                                 ClaimedRecording& claimed) {
  if (delivery == nullptr) {  // not exported any more, since the process crashed
    for (const RecoveredRequest& request : recovered.requests) Count(signal, {.failed = request.items.size()});
    return true;
  }
  for (const RecoveredRequest& request : recovered.requests) {
    const Verdict verdict = delivery->Deliver(request.request);
    if (verdict.loss) {
      Tell([&] { parts.logger.Warning("recovered {} wait: {}", ToString(signal), verdict.detail); });
      return false;
    }
    for (const flight::RecordedItem* item : request.items) claimed.MarkDelivered(*item);
    if (request.reports_end()) claimed.MarkReported();
    Count(signal, {.exported = request.items.size()});
  }
  return true;
}

FlightRecovery::FlightRecovery(Parts parts) : state_(std::make_shared<State>(std::move(parts))) {
  worker_ = StartThread("gs-recovery", [state = state_] { state->Run(); });
}

FlightRecovery::~FlightRecovery() { Stop(std::chrono::seconds(1)); }

void FlightRecovery::Stop(milliseconds limit) noexcept {
  if (!worker_.joinable()) return;
  const auto now = SteadyClock::now();
  state_->stop.Request(now);
  for (Delivery* delivery : {state_->parts.traces.get(), state_->parts.logs.get()}) {
    if (delivery == nullptr) continue;
    delivery->stop().Request(now);
    delivery->Cancel();
  }
  std::unique_lock lock(state_->mutex);
  if (state_->changed.wait_for(lock, limit, [this] { return state_->ended; })) {
    lock.unlock();
    worker_.join();
  } else {
    state_->abandoned = true;
    lock.unlock();
    worker_.detach();
  }
}

}  // namespace guildscope::exporting
