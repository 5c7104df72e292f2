#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace guildscope::testing {

/// One line of a `/metrics` page.
struct Sample {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
};

using Labels = std::map<std::string, std::string>;

/// Every sample of a page in the Prometheus text format or OpenMetrics (exemplars and timestamps are passed over).
/// Written apart from the code that makes such pages, so that a test compares two opinions. Throws std::runtime_error
/// that quotes the line that is no sample.
[[nodiscard]] std::vector<Sample> ParsePrometheusText(std::string_view page);

/// The sum of the samples with this name whose labels include `labels`. 0 when there is none.
[[nodiscard]] double SumOf(const std::vector<Sample>& samples, std::string_view name, const Labels& labels = {});

/// The sums of the samples with this name, by the values of some labels (joined by a space).
[[nodiscard]] std::map<std::string, double> SumBy(const std::vector<Sample>& samples, std::string_view name,
                                                  const std::vector<std::string>& by);

}  // namespace guildscope::testing
