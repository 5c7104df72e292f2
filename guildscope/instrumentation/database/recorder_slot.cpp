#include "guildscope/instrumentation/database/recorder_slot.hpp"

#include <stdexcept>
#include <thread>

namespace guildscope::database {
namespace {

/// Threads are spread over the counters by the address of a thing that each has.
std::size_t ShardOfThread(std::size_t shards) noexcept {
  thread_local char mine;
  return (reinterpret_cast<std::uintptr_t>(&mine) >> 12) % shards;
}

}  // namespace

// The count goes up before the pointer is read, and the pointer is taken away before the counts are read: whoever still
// sees the recorder is seen by Clear. Both need one order for all threads.
RecorderSlot::Use::Use(RecorderSlot& slot) noexcept : users_(slot.users_[ShardOfThread(kShards)].count) {
  users_.fetch_add(1, std::memory_order_seq_cst);
  recorder_ = slot.recorder_.load(std::memory_order_seq_cst);
  if (recorder_ != nullptr) generation_ = slot.generation_.load(std::memory_order_relaxed);
}

void RecorderSlot::Set(StatementRecorder& recorder) {
  const std::lock_guard lock(setting_);
  if (!empty()) {
    throw std::logic_error("this database library is already instrumented; end that instrumentation first");
  }
  generation_.fetch_add(1, std::memory_order_relaxed);
  recorder_.store(&recorder, std::memory_order_seq_cst);
}

void RecorderSlot::Clear() noexcept {
  const std::lock_guard lock(setting_);
  recorder_.store(nullptr, std::memory_order_seq_cst);
  for (Users& users : users_) {
    while (users.count.load(std::memory_order_seq_cst) != 0) std::this_thread::yield();
  }
}

}  // namespace guildscope::database
