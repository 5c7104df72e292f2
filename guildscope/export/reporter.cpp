#include "guildscope/export/reporter.hpp"

namespace guildscope::exporting {
namespace {

constexpr std::chrono::minutes kQuiet{1};

}  // namespace

void Reporter::Retrying(const std::string& detail) {
  {
    const std::lock_guard lock(mutex_);
    if (failing_) return;
    failing_ = true;
    failing_since_ = clock_.SteadyNow();
    lost_since_failing_ = 0;
  }
  logger_.Warning("{}: {} does not take {}, {}: {}", ToString(signal_), destination_, ItemName(signal_),
                  keeps_ ? "keeping them on disk" : "trying again", detail);
}

void Reporter::Ended(const Verdict& verdict, std::size_t items) {
  if (verdict.spooled) {
    if (!verdict.detail.empty()) Retrying(verdict.detail);
    return;
  }
  const std::uint64_t lost = verdict.loss ? items : verdict.rejected;
  const auto now = clock_.SteadyNow();
  std::unique_lock lock(mutex_);
  if (lost == 0) {
    if (!failing_) return;
    failing_ = false;
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - failing_since_).count();
    const std::uint64_t lost_meanwhile = lost_since_failing_;
    lost_since_failing_ = lost_since_line_ = 0;
    lock.unlock();
    logger_.Info("{}: {} takes {} again after {} s; {} were lost", ToString(signal_), destination_, ItemName(signal_),
                 seconds, lost_meanwhile);
    return;
  }
  const bool is_news = lost_since_failing_ == 0 || now - last_line_ >= kQuiet;
  if (!failing_) failing_since_ = now;
  failing_ = true;
  lost_since_failing_ += lost;
  lost_since_line_ += lost;
  if (!is_news) return;
  last_line_ = now;
  const std::uint64_t lost_now = std::exchange(lost_since_line_, 0);
  lock.unlock();
  logger_.Error("{}: {} {} lost ({}) on the way to {}: {}", ToString(signal_), lost_now, ItemName(signal_),
                ToString(verdict.loss.value_or(Loss::kRejected)), destination_, verdict.detail);
}

}  // namespace guildscope::exporting
