#include "guildscope/export/pool.hpp"

#include "guildscope/export/bounded_queue.hpp"

namespace guildscope::exporting::pool {
namespace {

/// What no thread holds at the moment. Never destroyed: threads and static objects free spans until the very end.
class Exchange {
 public:
  static Exchange& Instance() {
    static auto* exchange = new Exchange();
    return *exchange;
  }

  bool Take(std::size_t size_class, Bundle& bundle) noexcept { return queues_[size_class].TryPop(bundle); }

  /// The bundle is empty afterwards.
  void Leave(std::size_t size_class, Bundle& bundle) noexcept {
    if (bundle.count > 0 && queues_[size_class].TryPush(bundle) > 0) bundle.count = 0;
    while (bundle.count > 0) ::operator delete(bundle.blocks[--bundle.count]);
  }

 private:
  /// Of each size of blocks, how many bundles all threads together may leave for others.
  std::array<BoundedQueue<Bundle>, kBlockSizes.size()> queues_{BoundedQueue<Bundle>(128), BoundedQueue<Bundle>(128),
                                                               BoundedQueue<Bundle>(32), BoundedQueue<Bundle>(4)};
};

enum class Phase { kNew, kRegistered, kOver };
constinit thread_local Phase phase = Phase::kNew;

/// Gives a thread's blocks to the others when it ends.
struct Farewell {
  ~Farewell() {
    phase = Phase::kOver;
    local.most = 0;
    for (std::size_t i = 0; i < kBlockSizes.size(); ++i) {
      Exchange::Instance().Leave(i, local.pairs[i].used);
      Exchange::Instance().Leave(i, local.pairs[i].other);
    }
  }
};

/// False when the thread is about to end.
bool MayKeep() {
  if (phase == Phase::kNew) {
    thread_local const Farewell farewell;
    phase = Phase::kRegistered;
    local.most = kBundle;
  }
  return phase == Phase::kRegistered;
}

}  // namespace

void* Refill(std::size_t size_class) {
  Pair& pair = local.pairs[size_class];
  if (MayKeep() && (pair.other.count > 0 || Exchange::Instance().Take(size_class, pair.other))) {
    std::swap(pair.used, pair.other);
    const std::size_t last = --pair.used.count;
    for (std::size_t i = last - std::min(last, kAhead - 1); i < last; ++i) {
      Fetch(pair.used.blocks[i], kBlockSizes[size_class]);
    }
    return pair.used.blocks[last];
  }
  return ::operator new(kBlockSizes[size_class]);
}

bool MakeRoom(std::size_t size_class) noexcept {
  if (!MayKeep()) return false;
  Pair& pair = local.pairs[size_class];
  if (pair.used.count < kBundle) return true;
  if (pair.other.count > 0) Exchange::Instance().Leave(size_class, pair.other);
  pair.other = pair.used;
  pair.used.count = 0;
  return true;
}

}  // namespace guildscope::exporting::pool
