#include "guildscope/metrics/exposition.hpp"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <vector>

#include "guildscope/metrics/prometheus_name.hpp"

namespace guildscope::metrics {
namespace {

constexpr double kExactIntegers = 9007199254740992.0;  // 2^53

template <typename Integer>
void AppendInteger(std::string& out, Integer value) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
}

void AppendNumber(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "NaN";
  } else if (std::isinf(value)) {
    out += value > 0 ? "+Inf" : "-Inf";
  } else if (std::abs(value) < kExactIntegers && value == std::trunc(value)) {
    AppendInteger(out, static_cast<std::int64_t>(value));
  } else {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
}

// OpenMetrics wants a bound to look like a float ("1.0"), so that it is the same label from every exposer; the older
// format has always had "1".
void AppendBound(std::string& out, double bound, Format format) {
  const std::size_t begin = out.size();
  AppendNumber(out, bound);
  if (format == Format::kOpenMetrics && out.find_first_of(".e", begin) == std::string::npos) out += ".0";
}

void AppendSeconds(std::string& out, std::chrono::system_clock::time_point time) {
  const auto total = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
  AppendInteger(out, total / 1000);
  const auto milliseconds = static_cast<int>(total % 1000);
  out += '.';
  for (int unit = 100; unit > 0; unit /= 10) out += static_cast<char>('0' + milliseconds / unit % 10);
}

void AppendEscaped(std::string& out, std::string_view text, bool quotes) {
  for (;;) {
    const std::size_t special = text.find_first_of(quotes ? "\\\n\"" : "\\\n");
    out += text.substr(0, special);
    if (special == std::string_view::npos) return;
    out += '\\';
    out += text[special] == '\n' ? 'n' : text[special];
    text.remove_prefix(special + 1);
  }
}

/// Writes one metric. `base` is the name before the suffix of a sample, and the family's name in OpenMetrics.
class MetricWriter {
 public:
  MetricWriter(std::string& out, const Metric& metric, Format format)
      : out_(out), metric_(metric), format_(format), name_(PrometheusName(metric.name, metric.unit, metric.kind)) {
    base_ = name_;
    if (metric.kind == Kind::kCounter) base_.resize(name_.size() - std::string_view("_total").size());
    for (const std::string& label : metric.label_names) label_names_.push_back(PrometheusLabelName(label));
  }

  void Write() {
    WriteHeader();
    for (const Point& point : metric_.points) {
      SetLabels(point);
      switch (metric_.kind) {
        case Kind::kHistogram:
          WriteHistogram(point);
          break;
        case Kind::kCounter:
          WriteSample("_total", point.value);
          WriteCreated(point);
          break;
        case Kind::kGauge:
        case Kind::kUpDownCounter:
          WriteSample("", point.value);
          break;
      }
    }
  }

 private:
  void WriteHeader() {
    const bool open_metrics = format_ == Format::kOpenMetrics;
    const std::string& family = open_metrics ? base_ : name_;
    if (!metric_.help.empty()) {
      out_.append("# HELP ").append(family) += ' ';
      AppendEscaped(out_, metric_.help, open_metrics);
      out_ += '\n';
    }
    out_.append("# TYPE ").append(family).append(TypeName()) += '\n';
    const std::string unit = PrometheusUnit(metric_.unit);
    // OpenMetrics allows a unit only as the last part of the family's name.
    if (open_metrics && !unit.empty() && family.ends_with("_" + unit)) {
      out_.append("# UNIT ").append(family).append(" ").append(unit) += '\n';
    }
  }

  std::string_view TypeName() const {
    switch (metric_.kind) {
      case Kind::kCounter:
        return " counter";
      case Kind::kHistogram:
        return " histogram";
      case Kind::kGauge:
      case Kind::kUpDownCounter:
        break;
    }
    return " gauge";
  }

  void SetLabels(const Point& point) {
    labels_.clear();
    if (point.overflow) {
      labels_ = "otel_metric_overflow=\"true\"";
      return;
    }
    for (std::size_t i = 0; i < point.label_values.size(); ++i) {
      if (point.label_values[i].empty()) continue;
      if (!labels_.empty()) labels_ += ',';
      labels_.append(label_names_[i]).append("=\"");
      AppendEscaped(labels_, point.label_values[i], true);
      labels_ += '"';
    }
  }

  void BeginSample(std::string_view suffix) {
    out_.append(base_).append(suffix);
    if (!labels_.empty()) out_.append("{").append(labels_) += '}';
    out_ += ' ';
  }

  void WriteSample(std::string_view suffix, double value) {
    BeginSample(suffix);
    AppendNumber(out_, value);
    out_ += '\n';
  }

  void WriteCreated(const Point& point) {
    if (format_ != Format::kOpenMetrics) return;
    BeginSample("_created");
    AppendSeconds(out_, point.start);
    out_ += '\n';
  }

  void WriteHistogram(const Point& point) {
    std::uint64_t cumulative = 0;
    for (std::size_t i = 0; i < point.bucket_counts.size(); ++i) {
      cumulative += point.bucket_counts[i];
      out_.append(base_).append("_bucket{").append(labels_).append(labels_.empty() ? "le=\"" : ",le=\"");
      if (i < metric_.bounds.size()) {
        AppendBound(out_, metric_.bounds[i], format_);
      } else {
        out_ += "+Inf";
      }
      out_ += "\"} ";
      AppendInteger(out_, cumulative);
      out_ += '\n';
    }
    WriteSample("_sum", point.sum);
    BeginSample("_count");
    AppendInteger(out_, point.count);
    out_ += '\n';
    WriteCreated(point);
  }

  std::string& out_;
  const Metric& metric_;
  const Format format_;
  const std::string name_;
  std::string base_;
  std::vector<std::string> label_names_;
  std::string labels_;  // of the point that is being written
};

}  // namespace

std::string Expose(const Snapshot& snapshot, Format format) {
  std::string out;
  for (const Metric& metric : snapshot.metrics) {
    if (!metric.points.empty()) MetricWriter(out, metric, format).Write();
  }
  if (format == Format::kOpenMetrics) out += "# EOF\n";
  return out;
}

}  // namespace guildscope::metrics
