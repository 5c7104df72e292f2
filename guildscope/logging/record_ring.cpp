#include "guildscope/logging/record_ring.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace guildscope::logging {
namespace {

std::size_t IndexOf(Level level) noexcept { return std::min(static_cast<std::size_t>(level), kLevelShares.size() - 1); }

char* Zeroed(std::size_t bytes) {
  void* const memory = std::calloc(bytes, 1);
  if (memory == nullptr) throw std::bad_alloc();
  return static_cast<char*>(memory);
}

}  // namespace

RecordRing::RecordRing(std::size_t max_records, std::size_t bytes)
    : capacity_(std::bit_ceil(std::max(bytes, kSmallest))), bytes_(Zeroed(capacity_)) {
  for (std::size_t level = 0; level < kLevelShares.size(); ++level) {
    max_bytes_[level] = ShareOf(capacity_, level);
    max_records_[level] = ShareOf(max_records, level);
  }
}

RecordRing::Header& RecordRing::HeaderAt(std::uint64_t position) noexcept {
  return *reinterpret_cast<Header*>(bytes_.get() + (position & (capacity_ - 1)));
}

char* RecordRing::Reserve(Level level, std::size_t size) noexcept {
  if (size > longest()) return nullptr;
  const std::size_t index = IndexOf(level);
  const std::size_t whole = Whole(size);
  std::uint64_t head = head_.load(std::memory_order_relaxed);
  while (true) {
    // Acquire: what the reader did to the bytes that it released comes before what we write there.
    const std::uint64_t tail = tail_.load(std::memory_order_acquire);
    if (head < tail) {
      head = head_.load(std::memory_order_relaxed);
      continue;
    }
    if (records() >= max_records_[index]) return nullptr;
    const std::size_t to_end = capacity_ - (head & (capacity_ - 1));
    const std::size_t skipped = whole > to_end ? to_end : 0;
    if (head - tail + skipped + whole > max_bytes_[index]) return nullptr;
    if (!head_.compare_exchange_weak(head, head + skipped + whole)) continue;
    pushed_.fetch_add(1, std::memory_order_relaxed);
    if (skipped > 0) HeaderAt(head).store(kPadding | skipped, std::memory_order_release);
    return bytes_.get() + ((head + skipped) & (capacity_ - 1)) + kHeader;
  }
}

void RecordRing::Commit(char* to, Level level, std::size_t size) noexcept {
  // In one total order with the reader's loads: who then reads a flag knows that a reader that set the flag and looked
  // here afterwards has seen the record.
  reinterpret_cast<Header*>(to - kHeader)
      ->store(std::uint64_t{IndexOf(level)} << kLevelShift | size, std::memory_order_seq_cst);
}

std::string_view RecordRing::Front() noexcept {
  while (true) {
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    const std::uint64_t header = HeaderAt(tail).load(std::memory_order_seq_cst);
    if (header == 0) return {};
    if ((header & kPadding) == 0) return {reinterpret_cast<char*>(&HeaderAt(tail)) + kHeader, header & kLengthMask};
    Release(header & ~kPadding);
  }
}

void RecordRing::Count(LevelCounts& counts) noexcept {
  const std::uint64_t end = head_.load();
  for (std::uint64_t at = tail_.load(); at < end;) {
    const std::uint64_t header = HeaderAt(at).load();
    if (header == 0) return;
    if ((header & kPadding) != 0) {
      at += header & ~kPadding;
    } else {
      ++counts[header >> kLevelShift];
      at += Whole(header & kLengthMask);
    }
  }
}

void RecordRing::Pop() noexcept {
  const std::string_view front = Front();
  if (front.empty()) return;
  popped_.fetch_add(1, std::memory_order_relaxed);
  Release(Whole(front.size()));
}

void RecordRing::Release(std::size_t bytes) noexcept {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  // Wherever a length may lie in the next lap, there is none until it is written.
  std::memset(bytes_.get() + (tail & (capacity_ - 1)), 0, bytes);
  tail_.store(tail + bytes, std::memory_order_seq_cst);
}

std::size_t RecordRing::records() const noexcept {
  const std::uint64_t out = popped_.load(std::memory_order_relaxed);
  const std::uint64_t in = pushed_.load(std::memory_order_relaxed);
  return in > out ? static_cast<std::size_t>(in - out) : 0;
}

}  // namespace guildscope::logging
