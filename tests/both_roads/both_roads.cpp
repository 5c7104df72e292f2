#include "tests/both_roads/both_roads.hpp"

#include <filesystem>
#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "tests/support/agreement.hpp"

namespace guildscope {
namespace {

using nlohmann::json;
using testing::Labels;
using testing::Sample;

/// What the road adds to every series, as it is on one whose own labels are known.
Labels AddedLabels(const std::vector<Sample>& samples) {
  for (const Sample& sample : samples) {
    if (sample.name != "disruptor_build_info") continue;
    Labels added = sample.labels;
    for (const char* own : {"version", "commit", "compiler"}) {
      if (added.erase(own) != 1) throw std::runtime_error(std::string("disruptor_build_info has no ") + own);
    }
    return added;
  }
  throw std::runtime_error("there is no disruptor_build_info");
}

std::vector<Sample> WithoutAddedLabels(std::vector<Sample> samples) {
  const Labels added = AddedLabels(samples);
  EXPECT_FALSE(added.at("service_instance_id").empty());
  for (Sample& sample : samples) {
    for (const auto& [label, value] : added) {
      EXPECT_EQ(sample.labels[label], value) << label << " of " << sample.name;
      sample.labels.erase(label);
    }
  }
  return samples;
}

}  // namespace

BothRoads::BothRoads(playground::PlaygroundOptions options) : world_(std::move(options)) {}

void BothRoads::SetUp() {
  if (!std::filesystem::exists(VICTORIA_METRICS)) {
    GTEST_SKIP() << "there is no VictoriaMetrics to compare with at " VICTORIA_METRICS
                    "; scripts/provide-victoria-metrics says why";
  }
  victoria_metrics_.emplace(VICTORIA_METRICS);
  world_.StartMedia();
  world_.StartStandin();
}

json BothRoads::Settings(const std::string& metrics_endpoint) const {
  json settings = testing::World::ExportTo(receiver_);
  settings["monitoring"]["otlp"]["metrics"] = {{"endpoint", metrics_endpoint}, {"protocol", "http/protobuf"}};
  return settings;
}

std::vector<Sample> BothRoads::Scraped() const {
  std::vector<Sample> samples = prometheus_->Newest(R"({job="bot"})");
  std::erase_if(samples, [](const Sample& sample) {
    return sample.name == "up" || sample.name.starts_with("scrape_") || sample.name.ends_with("_created");
  });
  for (Sample& sample : samples) {
    for (const char* label : {"job", "instance"}) sample.labels.erase(label);
  }
  return samples;
}

std::vector<Sample> BothRoads::ExportedInAll() const {
  std::vector<Sample> samples;
  for (const testing::SeriesHistory& series : victoria_metrics_->QueryRange(R"({service_name="disruptor"}[10m])")) {
    Sample sample{series.name, series.labels, 0};
    for (const auto& point : series.points) {
      sample.value = testing::OnlyGrows(series.name) ? sample.value + point.value : point.value;
    }
    samples.push_back(std::move(sample));
  }
  return WithoutAddedLabels(std::move(samples));
}

std::vector<Sample> BothRoads::Exported() const {
  return WithoutAddedLabels(victoria_metrics_->Newest(R"({service_name="disruptor"})"));
}

}  // namespace guildscope
