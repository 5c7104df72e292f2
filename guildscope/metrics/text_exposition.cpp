#include "guildscope/metrics/text_exposition.hpp"

#include <algorithm>
#include <cstring>

#include "guildscope/metrics/number_text.hpp"
#include "guildscope/metrics/packed_values.hpp"
#include "guildscope/metrics/prometheus_name.hpp"

namespace guildscope::metrics {
namespace {

constexpr std::string_view kOverflowLabel = "otel_metric_overflow=\"true\"";
constexpr std::string_view kTotal = "_total";
// ` # {trace_id="…",span_id="…"} value time`
constexpr std::size_t kLongestExemplar = 32 + 32 + 16 + 2 * kLongestNumber;

char* PutEscaped(char* to, std::string_view text, bool quotes) noexcept {
  for (const char c : text) {
    if (c == '\\' || c == '\n' || (quotes && c == '"')) *to++ = '\\';
    *to++ = c == '\n' ? 'n' : c;
  }
  return to;
}

char* PutHex(char* to, std::span<const std::uint8_t> bytes) noexcept {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    *to++ = kDigits[byte >> 4];
    *to++ = kDigits[byte & 0xF];
  }
  return to;
}

char* PutExemplar(char* to, const Exemplar& exemplar) noexcept {
  to = PutText(to, " # {");
  if (exemplar.has_ids()) {
    to = PutText(to, "trace_id=\"");
    to = PutHex(to, exemplar.trace_id);
    to = PutText(to, "\",span_id=\"");
    to = PutHex(to, exemplar.span_id);
    *to++ = '"';
  }
  to = PutText(to, "} ");
  to = PutNumber(to, exemplar.value);
  *to++ = ' ';
  return PutSeconds(to, exemplar.time);
}

std::string_view TypeName(Kind kind) noexcept {
  if (kind == Kind::kCounter) return " counter\n";
  return kind == Kind::kHistogram ? " histogram\n" : " gauge\n";
}

}  // namespace

void TextExposition::BeginMetric(const MetricView& metric) {
  const std::string name = PrometheusName(metric.name, metric.unit, metric.kind);
  kind_ = metric.kind;
  base_ = kind_ == Kind::kCounter ? name.substr(0, name.size() - kTotal.size()) : name;
  label_starts_.clear();
  labels_bytes_ = kOverflowLabel.size();
  for (const std::string& label : metric.label_names) {
    labels_bytes_ += label_starts_.emplace_back(',' + PrometheusLabelName(label) + "=\"").size() + 1;
  }
  MakeLines(metric);
  WriteHeader(metric, name);
}

void TextExposition::MakeLines(const MetricView& metric) {
  buckets_.clear();
  if (kind_ == Kind::kHistogram) {
    for (const double bound : metric.bounds) buckets_.push_back(MakeLine("_bucket", Bound(bound)));
    buckets_.push_back(MakeLine("_bucket", "le=\"+Inf\""));
    sum_ = MakeLine("_sum", "");
    count_ = MakeLine("_count", "");
  }
  value_ = MakeLine(kind_ == Kind::kCounter ? kTotal : "", "");
  created_ = MakeLine("_created", "");

  lines_ = 4 + buckets_.size();
  lines_bytes_ = value_.before.size() + created_.before.size() + sum_.before.size() + count_.before.size();
  for (const Line& line : buckets_) lines_bytes_ += line.before.size() + line.after.size();
  lines_bytes_ += lines_ * (kLongestNumber + 8);
}

TextExposition::Line TextExposition::MakeLine(std::string_view name, std::string_view last_label) const {
  const std::string full = base_ + std::string(name);
  const std::string last(last_label);
  if (last.empty()) return {full + '{', "} ", full + ' '};
  return {full + '{', ',' + last + "} ", full + '{' + last + "} "};
}

// OpenMetrics wants a bound to look like a float ("1.0"), so that it is the same label from every exposer; the older
// format has always had "1".
std::string TextExposition::Bound(double bound) const {
  char digits[kLongestNumber];
  std::string text(digits, PutNumber(digits, bound));
  if (open_metrics() && text.find_first_of(".e") == std::string::npos) text += ".0";
  return "le=\"" + text + '"';
}

void TextExposition::WriteHeader(const MetricView& metric, std::string_view name) {
  const std::string_view family = open_metrics() ? std::string_view(base_) : name;
  const std::string unit = PrometheusUnit(metric.unit);
  char* to = out_.Reserve(64 + 3 * family.size() + 2 * metric.help.size() + unit.size());
  if (!metric.help.empty()) {
    to = PutText(PutText(to, "# HELP "), family);
    *to++ = ' ';
    to = PutEscaped(to, metric.help, open_metrics());
    *to++ = '\n';
  }
  to = PutText(PutText(PutText(to, "# TYPE "), family), TypeName(kind_));
  // OpenMetrics allows a unit only as the last part of the family's name.
  if (open_metrics() && !unit.empty() && family.ends_with("_" + unit)) {
    to = PutText(PutText(to, "# UNIT "), family);
    *to++ = ' ';
    to = PutText(to, unit);
    *to++ = '\n';
  }
  out_.Commit(to);
}

std::size_t TextExposition::LongestText(const SeriesView& series) const noexcept {
  const std::size_t labels = labels_bytes_ + series.packed_values.size() * (series.plain ? 1 : 2);
  return lines_bytes_ + lines_ * labels + series.exemplars.size() * kLongestExemplar;
}

void TextExposition::AddSeries(const SeriesView& series) {
  char* const begin = out_.Reserve(LongestText(series));
  // The first line of a series with labels: its labels serve the other lines too.
  const bool histogram = kind_ == Kind::kHistogram;
  const Line& first = histogram ? buckets_.front() : value_;
  char* const labels_begin = PutText(begin, first.before);
  char* to = PutLabels(labels_begin, series);
  const std::string_view labels(labels_begin, static_cast<std::size_t>(to - labels_begin));
  if (histogram) {
    to = PutHistogram(to, series, labels);
  } else {
    to = labels.empty() ? PutText(begin, value_.without_labels) : PutText(to, "} ");
    to = PutValue(to, series);
    *to++ = '\n';
  }
  if (open_metrics() && (histogram || kind_ == Kind::kCounter)) to = PutCreated(to, series, labels);
  out_.Commit(to);
}

char* TextExposition::PutLabels(char* to, const SeriesView& series) const noexcept {
  if (series.overflow) return PutText(to, kOverflowLabel);
  const char* value = series.packed_values.data();
  const char* const end = value + series.packed_values.size();
  std::size_t comma = 1;  // skipped before the first label
  for (std::size_t i = 0; i < label_starts_.size(); ++i) {
    const bool last = i + 1 == label_starts_.size();
    const void* separator = last ? nullptr : std::memchr(value, kValueSeparator, static_cast<std::size_t>(end - value));
    const char* const value_end = separator == nullptr ? end : static_cast<const char*>(separator);
    if (value_end != value) {
      const std::string_view text(value, static_cast<std::size_t>(value_end - value));
      to = PutText(to, std::string_view(label_starts_[i]).substr(comma));
      to = series.plain ? PutText(to, text) : PutEscaped(to, text, true);
      *to++ = '"';
      comma = 0;
    }
    value = separator == nullptr ? end : value_end + 1;
  }
  return to;
}

char* TextExposition::PutValue(char* to, const SeriesView& series) noexcept {
  return series.is_integer ? PutInteger(to, series.integer) : PutNumber(to, series.number);
}

namespace {

template <typename Line>
char* PutLineStart(char* to, const Line& line, std::string_view labels) noexcept {
  if (labels.empty()) return PutText(to, line.without_labels);
  return PutText(PutText(PutText(to, line.before), labels), line.after);
}

}  // namespace

/// The first bucket's line is there already, up to its labels: they are copied from it.
char* TextExposition::PutHistogram(char* to, const SeriesView& series, std::string_view labels) noexcept {
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    // A histogram that has exponential buckets alone shows its count in the last of these.
    if (i < series.bucket_counts.size()) cumulative += series.bucket_counts[i];
    if (i + 1 == buckets_.size() && series.bucket_counts.empty()) cumulative = series.count;
    if (i == 0 && labels.empty()) {
      to = PutText(to - buckets_[0].before.size(), buckets_[0].without_labels);
    } else {
      to = i == 0 ? PutText(to, buckets_[0].after) : PutLineStart(to, buckets_[i], labels);
    }
    to = PutInteger(to, cumulative);
    if (open_metrics() && i < series.exemplars.size() && series.exemplars[i].present()) {
      to = PutExemplar(to, series.exemplars[i]);
    }
    *to++ = '\n';
  }
  to = PutNumber(PutLineStart(to, sum_, labels), series.sum);
  *to++ = '\n';
  to = PutInteger(PutLineStart(to, count_, labels), series.count);
  *to++ = '\n';
  return to;
}

char* TextExposition::PutCreated(char* to, const SeriesView& series, std::string_view labels) noexcept {
  if (start_text_.empty() || series.start != start_) {
    char digits[kLongestNumber];
    start_text_.assign(digits, PutSeconds(digits, series.start));
    start_text_ += '\n';
    start_ = series.start;
  }
  return PutText(PutLineStart(to, created_, labels), start_text_);
}

void TextExposition::Finish() {
  if (open_metrics()) out_.Append("# EOF\n");
}

}  // namespace guildscope::metrics
