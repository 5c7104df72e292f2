#include "guildscope/config/variables.hpp"

#include <algorithm>

#include "guildscope/config/values.hpp"

namespace guildscope::config {
namespace {

constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24);
constexpr std::chrono::milliseconds kNoLimit = std::chrono::hours(1);
constexpr std::int64_t kMostCount = 1'000'000'000;

}  // namespace

bool Variables::SameWord(const std::string& text, const std::string& word) { return Lower(Trim(text)) == Lower(word); }

void Variables::Bool(const std::string& name, bool* target) {
  Choice<bool>(name, target, {{"true", true}, {"false", false}});
}

void Variables::Count(const std::string& name, std::size_t* target, std::int64_t lowest) {
  const auto text = Get(name);
  if (!text) return;
  const auto value = ParseInteger(*text);
  if (value && *value >= lowest && *value <= kMostCount) {
    *target = static_cast<std::size_t>(*value);
    return;
  }
  Warn(name, *text, "a whole number from " + std::to_string(lowest) + " to " + std::to_string(kMostCount));
}

void Variables::Timeout(const std::string& name, std::chrono::milliseconds* target) {
  const auto text = Get(name);
  if (!text) return;
  const auto value = ParseInteger(*text);
  if (value && *value >= 0 && *value <= kLongest.count()) {
    *target = *value == 0 ? kNoLimit : std::chrono::milliseconds(*value);
    return;
  }
  Warn(name, *text, "whole milliseconds from 0 to " + std::to_string(kLongest.count()));
}

void Variables::Interval(const std::string& name, std::chrono::milliseconds* target) {
  const auto text = Get(name);
  if (!text) return;
  const auto value = ParseInteger(*text);
  if (value && *value >= 1 && *value <= kLongest.count()) {
    *target = std::chrono::milliseconds(*value);
    return;
  }
  Warn(name, *text, "whole milliseconds from 1 to " + std::to_string(kLongest.count()));
}

void Variables::Pairs(const std::string& name, std::map<std::string, std::string>* target) {
  const auto text = Get(name);
  if (!text) return;
  const auto pairs = ParseBaggagePairs(*text);
  if (!pairs) return Warn(name, *text, "name=value,name=value with percent escapes");
  for (const auto& [key, value] : *pairs) (*target)[key] = value;
}

void Variables::Warn(const std::string& name, const std::string& found, const std::string& accepted) {
  const std::string warning = ToString({"environment", name, "'" + found + "'", accepted + "; ignored"});
  if (std::find(warnings_.begin(), warnings_.end(), warning) == warnings_.end()) warnings_.push_back(warning);
}

void Variables::Report(const std::string& name, const std::string& found, const std::string& accepted) {
  const auto same = [&](const Problem& problem) { return problem.key == name && problem.accepted == accepted; };
  if (std::any_of(problems_.begin(), problems_.end(), same)) return;
  problems_.push_back({"environment", name, found, accepted});
}

}  // namespace guildscope::config
