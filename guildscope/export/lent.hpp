#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

namespace guildscope::exporting {

/// What very many short-lived objects on many threads keep alive: a reference count that each thread takes and gives
/// back in large amounts, so that the objects themselves share no counter. A std::shared_ptr would cost each of them
/// two atomic operations on one memory location that all threads fight for.
///
/// Cost: 1 ns to take or give back a reference. Threads: any. Lifetime: a thread's stock keeps the last one alive that
/// the thread used, until it uses another one or ends: not for what must end at once.
template <typename T>
class Lender {
 public:
  explicit Lender(T value) : value_(std::move(value)) {}
  Lender(const Lender&) = delete;
  Lender& operator=(const Lender&) = delete;

  [[nodiscard]] const T& value() const noexcept { return value_; }

  void Take() noexcept {
    if (stock.lender == this && stock.count > 0) {
      --stock.count;
    } else {
      Restock();
    }
  }
  void GiveBack() noexcept {
    if (stock.lender == this && stock.count < 2 * kAmount) {
      ++stock.count;
    } else {
      Release(1);
    }
  }

 private:
  static constexpr std::int64_t kAmount = 1'024;

  struct Stock {
    Lender* lender;
    std::int64_t count;
    bool over;  ///< The thread is about to end and keeps nothing any more.
  };
  struct Farewell {
    ~Farewell() {
      stock.over = true;
      Empty();
    }
  };
  inline static constinit thread_local Stock stock{};

  static void Empty() noexcept {
    const Stock before = std::exchange(stock, Stock{nullptr, 0, stock.over});
    if (before.lender != nullptr && before.count > 0) before.lender->Release(before.count);
  }

  void Restock() noexcept {
    thread_local const Farewell farewell;
    (void)&farewell;
    if (stock.over) {
      references_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    references_.fetch_add(kAmount, std::memory_order_relaxed);
    if (stock.lender != this) Empty();
    stock.lender = this;
    stock.count += kAmount - 1;
  }

  void Release(std::int64_t count) noexcept {
    if (references_.fetch_sub(count, std::memory_order_acq_rel) == count) delete this;
  }

  const T value_;
  std::atomic<std::int64_t> references_{0};
};

/// One reference.
template <typename T>
class Lent {
 public:
  /// The first one of a value.
  explicit Lent(T value) : Lent(*new Lender<T>(std::move(value))) {}
  Lent(const Lent& other) noexcept : Lent(other.lender_) {}
  Lent& operator=(const Lent&) = delete;
  ~Lent() { lender_.GiveBack(); }

  const T& operator*() const noexcept { return lender_.value(); }
  const T* operator->() const noexcept { return &lender_.value(); }

 private:
  explicit Lent(Lender<T>& lender) noexcept : lender_(lender) { lender_.Take(); }

  Lender<T>& lender_;
};

}  // namespace guildscope::exporting
