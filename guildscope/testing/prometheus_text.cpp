#include "guildscope/testing/prometheus_text.hpp"

#include <algorithm>
#include <cstdlib>
#include <stdexcept>

namespace guildscope::testing {
namespace {

class LineParser {
 public:
  explicit LineParser(std::string_view line) : line_(line) {}

  Sample Parse() {
    Sample sample;
    const std::size_t end = std::min(line_.find_first_of("{ "), line_.size());
    sample.name = line_.substr(0, end);
    if (sample.name.empty()) Fail();
    at_ = end;
    if (Peek() == '{') ParseLabels(sample.labels);
    if (Peek() != ' ') Fail();
    ++at_;
    const std::string number(line_.substr(at_, line_.find(' ', at_) - at_));
    char* rest = nullptr;
    sample.value = std::strtod(number.c_str(), &rest);
    if (number.empty() || *rest != '\0') Fail();
    return sample;
  }

 private:
  char Peek() const { return at_ < line_.size() ? line_[at_] : '\0'; }
  [[noreturn]] void Fail() const { throw std::runtime_error("no metrics sample: " + std::string(line_)); }

  void ParseLabels(Labels& labels) {
    ++at_;
    while (Peek() != '}') {
      const std::size_t equals = line_.find("=\"", at_);
      if (equals == std::string_view::npos) Fail();
      std::string name(line_.substr(at_, equals - at_));
      at_ = equals + 2;
      if (!labels.emplace(std::move(name), ParseValue()).second) Fail();
      if (Peek() == ',') ++at_;
    }
    ++at_;
  }

  std::string ParseValue() {
    std::string value;
    for (; Peek() != '"'; ++at_) {
      if (at_ >= line_.size()) Fail();
      if (Peek() == '\\') {
        ++at_;
        value += Peek() == 'n' ? '\n' : Peek();
      } else {
        value += Peek();
      }
    }
    ++at_;
    return value;
  }

  std::string_view line_;
  std::size_t at_ = 0;
};

bool Includes(const Labels& labels, const Labels& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const auto& label) {
    const auto found = labels.find(label.first);
    return found != labels.end() && found->second == label.second;
  });
}

}  // namespace

std::vector<Sample> ParsePrometheusText(std::string_view page) {
  std::vector<Sample> samples;
  while (!page.empty()) {
    const std::string_view line = page.substr(0, page.find('\n'));
    page.remove_prefix(std::min(line.size() + 1, page.size()));
    if (!line.empty() && line.front() != '#') samples.push_back(LineParser(line).Parse());
  }
  return samples;
}

double SumOf(const std::vector<Sample>& samples, std::string_view name, const Labels& labels) {
  double sum = 0;
  for (const Sample& sample : samples) {
    if (sample.name == name && Includes(sample.labels, labels)) sum += sample.value;
  }
  return sum;
}

std::map<std::string, double> SumBy(const std::vector<Sample>& samples, std::string_view name,
                                    const std::vector<std::string>& by) {
  std::map<std::string, double> sums;
  for (const Sample& sample : samples) {
    if (sample.name != name) continue;
    std::string key;
    for (const std::string& label : by) {
      const auto found = sample.labels.find(label);
      if (!key.empty()) key += ' ';
      if (found != sample.labels.end()) key += found->second;
    }
    sums[key] += sample.value;
  }
  return sums;
}

}  // namespace guildscope::testing
