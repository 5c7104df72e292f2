#include "guildscope/health/health.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "guildscope/metrics/catalogue.hpp"

namespace guildscope::health {
namespace {

constexpr const char* kOk = "ok";
constexpr const char* kUnavailable = "unavailable";

/// What a name says for all loops that share it: the worst, and stopped only when every one is.
void Merge(LoopState& into, const LoopState& other) {
  const auto rank = [](LoopStatus status) {
    return status == LoopStatus::kStalled ? 2 : status == LoopStatus::kOk ? 1 : 0;
  };
  if (rank(other.status) > rank(into.status)) into.status = other.status;
  into.since_success = std::max(into.since_success, other.since_success);
  into.failures = std::max(into.failures, other.failures);
}

void Forget(auto& records) {
  std::erase_if(records, [](const auto& record) { return record->gone.load(); });
}

}  // namespace

ShardRegistration& ShardRegistration::operator=(ShardRegistration&& other) noexcept {
  std::swap(slot_, other.slot_);
  return *this;
}

ShardRegistration::~ShardRegistration() {
  if (!slot_) return;
  const std::lock_guard lock(slot_->mutex);
  slot_->source = nullptr;
}

Health::Health(HealthOptions options, const Clock& clock) : options_(options), clock_(clock) {}

Loop Health::RegisterLoop(std::string name, LoopOptions options) {
  const auto window = options.stale_after.value_or(options_.stale_after);
  if (name.empty()) throw std::invalid_argument("a background loop needs a name");
  if (window <= window.zero()) {
    throw std::invalid_argument("background loop '" + name + "': stale_after " + std::to_string(window.count()) +
                                " ms; accepted are values from 1 ms");
  }
  auto record = std::make_shared<Loop::Record>(std::move(name), window, clock_);
  const std::lock_guard lock(mutex_);
  Forget(loops_);
  loops_.push_back(record);
  return Loop(std::move(record));
}

Check Health::AddCheck(std::string name, Check::Function works, CheckOptions options) {
  if (name.empty() || name == "status" || name == "loops" || name == "shards") {
    throw std::invalid_argument("health check '" + name + "': accepted is any name but status, loops and shards");
  }
  if (!works) throw std::invalid_argument("health check '" + name + "' has no function");
  auto state = std::make_shared<Check::State>(std::move(name), std::move(works), options, clock_);
  Check check(state);
  const std::lock_guard lock(mutex_);
  Forget(checks_);
  checks_.push_back(std::move(state));
  return check;
}

ShardRegistration Health::SetShardSource(ShardSource source) {
  auto slot = std::make_shared<ShardRegistration::Slot>();
  slot->source = std::move(source);
  const std::lock_guard lock(mutex_);
  shards_ = slot;
  return ShardRegistration(std::move(slot));
}

Report Health::Live() const { return MakeReport(false); }

Report Health::Ready() const { return MakeReport(true); }

std::vector<LoopState> Health::Loops() const {
  const auto now = clock_.SteadyNow();
  std::map<std::string, LoopState> by_name;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& record : loops_) {
      if (record->gone.load()) continue;
      const auto [found, is_new] = by_name.try_emplace(record->name, record->State(now));
      if (!is_new) Merge(found->second, record->State(now));
    }
  }
  std::vector<LoopState> states;
  for (auto& [name, state] : by_name) states.push_back(std::move(state));
  return states;
}

std::vector<ShardState> Health::Shards() const {
  std::shared_ptr<ShardRegistration::Slot> slot;
  {
    const std::lock_guard lock(mutex_);
    slot = shards_;
  }
  if (!slot) return {};
  const std::lock_guard lock(slot->mutex);
  return slot->source ? slot->source() : std::vector<ShardState>();
}

Report Health::MakeReport(bool needs_shards) const {
  nlohmann::ordered_json body{{"status", kUnavailable}};
  if (!ready_ || closed_) return {.status = 503, .json = body.dump()};

  bool well = true;
  std::vector<std::shared_ptr<Check::State>> checks;
  {
    const std::lock_guard lock(mutex_);
    checks = checks_;
  }
  for (const auto& check : checks) {
    if (check->gone.load()) continue;
    const bool works = check->Works();
    well = well && works;
    body[check->name] = works ? kOk : kUnavailable;
  }
  for (const auto& loop : Loops()) {
    well = well && loop.status != LoopStatus::kStalled;
    body["loops"][loop.name] = ToString(loop.status);
  }
  for (const auto& shard : Shards()) {
    well = well && (shard.connected || !needs_shards);
    body["shards"][std::to_string(shard.id)] = shard.connected ? "connected" : "disconnected";
  }
  if (well) body["status"] = kOk;
  // Names are the program's own, but a probe must answer whatever bytes they hold.
  return {.status = well ? 200U : 503U,
          .json = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
}

metrics::Subscription RegisterHeartbeatGauge(metrics::Registry& registry, const Health& health) {
  return registry.Observe(metrics::catalogue::kHeartbeat, [&health](metrics::Observer<1>& observe) {
    for (const auto& loop : health.Loops()) observe(loop.status == LoopStatus::kStalled ? 0 : 1, {loop.name});
  });
}

}  // namespace guildscope::health
