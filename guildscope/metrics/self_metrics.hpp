#pragma once

#include <array>
#include <functional>
#include <map>
#include <span>

#include "guildscope/metrics/descriptor.hpp"
#include "guildscope/metrics/family.hpp"

namespace guildscope::metrics {

/// What a registry tells about itself: the rows guildscope.metrics.* of the catalogue, from the statistics of its
/// metrics.
class SelfMetrics {
 public:
  explicit SelfMetrics(const std::function<Family&(const DescriptorView&)>& find);

  [[nodiscard]] std::span<Family* const> Families() const noexcept { return families_; }
  [[nodiscard]] bool Contains(const Family& family) const noexcept;
  /// Adds the statistics of a metric that was just collected. What has never happened is left out.
  void Observe(const Family& family, std::map<Family*, ObservedValues>& observed) const;

 private:
  std::array<Family*, 7> families_;
};

}  // namespace guildscope::metrics
