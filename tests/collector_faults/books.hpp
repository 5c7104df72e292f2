#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "guildscope/telemetry/telemetry.hpp"

namespace guildscope {

/// What the telemetry says of itself about one signal: `span`, `log` or `metric_data_point`.
struct Books {
  double processed = 0;  ///< Handed to the exporter.
  double dropped = 0;    ///< Lost before.
  double delivered = 0;
  double failed = 0;  ///< Lost on the way.
  double in_flight = 0;
  double waiting = 0;
  std::map<std::string, double> reasons;  ///< Of everything lost.

  [[nodiscard]] double lost() const { return dropped + failed; }
  [[nodiscard]] double recorded() const { return processed + dropped; }
};

inline Books ReadBooks(metrics::Registry& registry, const std::string& signal) {
  constexpr std::size_t kErrorType = 2;
  Books books;
  for (const metrics::Metric& metric : registry.Collect().metrics) {
    for (const metrics::Point& point : metric.points) {
      const auto add = [&](double& good, double& bad) {
        const std::string& reason = point.label_values.at(kErrorType);
        (reason.empty() ? good : bad) += point.value;
        if (!reason.empty() && point.value != 0) books.reasons[reason] += point.value;
      };
      if (metric.name == "otel.sdk.processor." + signal + ".processed") add(books.processed, books.dropped);
      if (metric.name == "otel.sdk.exporter." + signal + ".exported") add(books.delivered, books.failed);
      if (metric.name == "otel.sdk.exporter." + signal + ".inflight") books.in_flight += point.value;
      if (metric.name == "otel.sdk.processor." + signal + ".queue.size") books.waiting += point.value;
    }
  }
  return books;
}

/// Nothing is on its way any more, and everything that was recorded arrived or was counted as lost.
inline void ExpectClosedBooks(const Books& books, std::uint64_t recorded, std::uint64_t arrived) {
  EXPECT_EQ(books.recorded(), static_cast<double>(recorded));
  EXPECT_EQ(books.delivered, static_cast<double>(arrived));
  EXPECT_EQ(books.delivered + books.lost(), static_cast<double>(recorded));
  EXPECT_EQ(books.in_flight, 0);
  EXPECT_EQ(books.waiting, 0);
}

}  // namespace guildscope
