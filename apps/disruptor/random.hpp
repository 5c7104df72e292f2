#pragma once

#include <cstdint>
#include <mutex>
#include <random>

namespace disruptor {

/// Random numbers that a test can decide: everything that rolls dice takes a Random&.
///
/// Threads: any. Lifetime: must outlive whoever was given the reference.
class Random {
 public:
  virtual ~Random() = default;

  /// Evenly distributed, 0 included, 1 not.
  [[nodiscard]] virtual double Next() = 0;
};

class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : engine_(seed) {}

  [[nodiscard]] double Next() override {
    const std::lock_guard lock(mutex_);
    // The upper 53 bits, exactly: the standard's distribution may round up to 1.
    return static_cast<double>(engine_() >> 11) * 0x1p-53;
  }

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;  // guarded by mutex_
};

}  // namespace disruptor
