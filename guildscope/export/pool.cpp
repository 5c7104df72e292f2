#include "guildscope/export/pool.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "guildscope/export/bounded_queue.hpp"

namespace guildscope::exporting {
namespace {

struct Free {
  Free* next;
};

struct Bundle {
  Free* first = nullptr;
  std::size_t count = 0;
};

struct SizeClass {
  std::size_t bytes;
  std::size_t bundles;  ///< That all threads together may leave for others.
};

// No powers of two: the same field of many blocks would compete for the same few lines of a cache.
constexpr std::array kClasses{SizeClass{320, 128}, SizeClass{960, 128}, SizeClass{4'032, 32}, SizeClass{16'320, 4}};
constexpr std::size_t kBundle = 32;
#ifdef __SANITIZE_ADDRESS__
constexpr bool kPooled = false;
#else
constexpr bool kPooled = true;
#endif

/// The block that is taken next comes from another processor's cache as a rule: to have it here, and for writing,
/// before it is needed takes as long as one span.
void FetchAhead(const Free* block, std::size_t bytes) noexcept {
#ifdef __x86_64__
  constexpr std::size_t kLine = 64;
  constexpr std::size_t kMost = 512;
  for (std::size_t at = 0; at < std::min(bytes, kMost); at += kLine) {
    asm volatile("prefetchw %0" : : "m"(reinterpret_cast<const char*>(block)[at]));
  }
#else
  __builtin_prefetch(block, 1);
  (void)bytes;
#endif
}

std::size_t ClassOf(std::size_t bytes) noexcept {
  if constexpr (!kPooled) return kClasses.size();
  std::size_t at = 0;
  while (at < kClasses.size() && kClasses[at].bytes < bytes) ++at;
  return at;
}

/// What no thread holds at the moment. Never destroyed: threads and static objects free spans until the very end.
class Exchange {
 public:
  static Exchange& Instance() {
    static auto* exchange = new Exchange();
    return *exchange;
  }

  bool Take(std::size_t size_class, Bundle& bundle) noexcept { return queues_[size_class].TryPop(bundle); }

  void Leave(std::size_t size_class, Bundle bundle) noexcept {
    if (bundle.count == 0 || queues_[size_class].TryPush(bundle) > 0) return;
    while (bundle.first != nullptr) ::operator delete(std::exchange(bundle.first, bundle.first->next));
  }

 private:
  std::array<BoundedQueue<Bundle>, kClasses.size()> queues_{
      BoundedQueue<Bundle>(kClasses[0].bundles), BoundedQueue<Bundle>(kClasses[1].bundles),
      BoundedQueue<Bundle>(kClasses[2].bundles), BoundedQueue<Bundle>(kClasses[3].bundles)};
};

/// A thread's own blocks: the bundle in use, and a full or an empty one beside it, so that a thread that takes and
/// frees by turns at a bundle's edge does not run to the exchange each time.
struct Local {
  struct Pair {
    Bundle used;
    Bundle other;
  };
  std::array<Pair, kClasses.size()> pairs;
  enum class Phase { kNew, kRegistered, kOver } phase = Phase::kNew;
};
constinit thread_local Local local{};

/// Gives a thread's blocks to the others when it ends.
struct Farewell {
  ~Farewell() {
    local.phase = Local::Phase::kOver;
    for (std::size_t i = 0; i < kClasses.size(); ++i) {
      Exchange::Instance().Leave(i, std::exchange(local.pairs[i].used, {}));
      Exchange::Instance().Leave(i, std::exchange(local.pairs[i].other, {}));
    }
  }
};

/// False when the thread is about to end, and keeps nothing any more.
bool MayKeep() {
  if (local.phase == Local::Phase::kNew) {
    thread_local const Farewell farewell;
    local.phase = Local::Phase::kRegistered;
  }
  return local.phase == Local::Phase::kRegistered;
}

void* Refill(std::size_t size_class) {
  Local::Pair& pair = local.pairs[size_class];
  if (MayKeep() && (pair.other.count > 0 || Exchange::Instance().Take(size_class, pair.other))) {
    std::swap(pair.used, pair.other);
    --pair.used.count;
    return std::exchange(pair.used.first, pair.used.first->next);
  }
  return ::operator new(kClasses[size_class].bytes);
}

/// False when the block cannot be kept by this thread.
bool MakeRoom(std::size_t size_class) noexcept {
  if (!MayKeep()) return false;
  Local::Pair& pair = local.pairs[size_class];
  if (pair.used.count < kBundle) return true;
  if (pair.other.count > 0) Exchange::Instance().Leave(size_class, pair.other);
  pair.other = std::exchange(pair.used, {});
  return true;
}

}  // namespace

std::size_t PoolBlockSize(std::size_t bytes) noexcept {
  const std::size_t size_class = ClassOf(bytes);
  return size_class < kClasses.size() ? kClasses[size_class].bytes : bytes;
}

void* PoolAllocate(std::size_t bytes) {
  const std::size_t size_class = ClassOf(bytes);
  if (size_class == kClasses.size()) return ::operator new(bytes);
  Bundle& used = local.pairs[size_class].used;
  if (used.count == 0) return Refill(size_class);
  --used.count;
  Free* const taken = used.first;
  used.first = taken->next;
  if (used.first != nullptr) FetchAhead(used.first, bytes);
  return taken;
}

void PoolFree(void* block, std::size_t bytes) noexcept {
  const std::size_t size_class = ClassOf(bytes);
  if (size_class == kClasses.size()) return ::operator delete(block);
  Bundle& used = local.pairs[size_class].used;
  // The first block of an empty bundle comes this way too, so that the thread's end is known before it has any.
  if ((used.count == 0 || used.count >= kBundle) && !MakeRoom(size_class)) return ::operator delete(block);
  auto* freed = static_cast<Free*>(block);
  freed->next = used.first;
  used.first = freed;
  ++used.count;
}

}  // namespace guildscope::exporting
