#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "guildscope/metrics/exposition.hpp"

namespace guildscope::metrics {
namespace {

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// Takes the part up to the delimiter off `rest`.
std::string_view TakePart(std::string_view& rest, char delimiter) {
  const std::size_t end = std::min(rest.find(delimiter), rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return Trim(part);
}

struct MediaRange {
  std::string_view type;
  std::string_view version = {};
  std::string_view proto = {};
  std::string_view encoding = {};
  double quality = 1;
};

MediaRange ParseRange(std::string_view text) {
  MediaRange range{.type = TakePart(text, ';')};
  while (!text.empty()) {
    std::string_view value = TakePart(text, ';');
    const std::string_view name = TakePart(value, '=');
    value = Trim(value);
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (EqualsIgnoringCase(name, "version")) range.version = value;
    if (EqualsIgnoringCase(name, "proto")) range.proto = value;
    if (EqualsIgnoringCase(name, "encoding")) range.encoding = value;
    if (EqualsIgnoringCase(name, "q")) {
      const char* const end = value.data() + value.size();
      const auto parsed = std::from_chars(value.data(), end, range.quality);
      // What cannot be read, NaN included, is not acceptable.
      if (parsed.ec != std::errc() || parsed.ptr != end || !(range.quality >= 0)) range.quality = 0;
    }
  }
  return range;
}

/// How much a client wants one format: the quality of the range that names it most exactly.
struct Preference {
  int exactness = 0;  // 1 "*/*", 2 "text/*", 3 the type itself
  double quality = 0;

  void Consider(int range_exactness, double range_quality) {
    if (range_exactness < exactness) return;
    quality = range_exactness > exactness ? range_quality : std::max(quality, range_quality);
    exactness = range_exactness;
  }
};

int Exactness(const MediaRange& range, std::string_view type, std::string_view version) {
  if (range.type == "*/*") return 1;
  if (range.type.ends_with("/*")) {
    const std::string_view main = range.type.substr(0, range.type.size() - 1);
    return EqualsIgnoringCase(main, type.substr(0, type.find('/') + 1)) ? 2 : 0;
  }
  const bool same = EqualsIgnoringCase(range.type, type) && (range.version.empty() || range.version == version);
  return same ? 3 : 0;
}

/// The one message and the one framing that there are; who names another cannot be served.
bool IsPrometheusProtobuf(const MediaRange& range) {
  return EqualsIgnoringCase(range.type, "application/vnd.google.protobuf") &&
         range.proto == "io.prometheus.client.MetricFamily" && EqualsIgnoringCase(range.encoding, "delimited");
}

}  // namespace

std::string_view ContentType(Format format) noexcept {
  switch (format) {
    case Format::kOpenMetrics:
      return "application/openmetrics-text; version=1.0.0; charset=utf-8";
    case Format::kProtobuf:
      return "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
    case Format::kPrometheusText:
      break;
  }
  return "text/plain; version=0.0.4; charset=utf-8";
}

Format Negotiate(std::string_view accept) noexcept {
  Preference text;
  Preference open_metrics;
  Preference protobuf;
  while (!accept.empty()) {
    const MediaRange range = ParseRange(TakePart(accept, ','));
    if (const int exactness = Exactness(range, "text/plain", "0.0.4")) text.Consider(exactness, range.quality);
    if (const int exactness = Exactness(range, "application/openmetrics-text", "1.0.0")) {
      open_metrics.Consider(exactness, range.quality);
    }
    if (IsPrometheusProtobuf(range)) protobuf.Consider(3, range.quality);
  }
  // Bytes for programs are sent to those alone who ask for them by name.
  if (protobuf.quality > 0 && protobuf.quality >= std::max(open_metrics.quality, text.quality)) {
    return Format::kProtobuf;
  }
  const bool named = open_metrics.exactness == 3 && open_metrics.quality > 0;
  const bool preferred = open_metrics.quality > text.quality || (named && open_metrics.quality == text.quality);
  return preferred ? Format::kOpenMetrics : Format::kPrometheusText;
}

}  // namespace guildscope::metrics
