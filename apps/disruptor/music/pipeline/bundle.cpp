#include "apps/disruptor/music/pipeline/bundle.hpp"

#include <algorithm>
#include <utility>

#include "guildscope/base/uuid.hpp"

namespace disruptor::music {
namespace {

bool IsOpen(RequestState state) noexcept { return state == RequestState::kWaiting || state == RequestState::kReady; }

}  // namespace

const char* ToString(RequestState state) noexcept {
  switch (state) {
    case RequestState::kWaiting:
      return "waiting";
    case RequestState::kReady:
      return "ready";
    case RequestState::kPlayed:
      return "played";
    case RequestState::kFailed:
      return "failed";
    case RequestState::kStopped:
      break;
  }
  return "stopped";
}

Bundle::Bundle(std::string uuid, const Asked& asked, std::string request, std::string description)
    : uuid_(std::move(uuid)), asked_(asked) {
  places_[request] = 0;
  entries_.push_back({.request = std::move(request), .description = std::move(description)});
}

Request Bundle::MakeRequest(const std::string& uuid) const {
  return {.uuid = uuid,
          .bundle = uuid_,
          .guild = asked_.guild,
          .text_channel = asked_.text_channel,
          .voice_channel = asked_.voice_channel,
          .user = asked_.user,
          .asked = asked_.span};
}

std::vector<Request> Bundle::Expand(std::string title, const std::vector<std::string>& descriptions) {
  if (entries_.size() != 1 || descriptions.empty()) return {};
  title_ = std::move(title);
  std::vector<Request> requests;
  for (const std::string& description : descriptions) {
    if (requests.empty()) {
      entries_.front().description = description;
    } else {
      entries_.push_back({.request = guildscope::NewUuid(), .description = description});
      places_[entries_.back().request] = entries_.size() - 1;
    }
    requests.push_back(MakeRequest(entries_[requests.size()].request));
  }
  return requests;
}

void Bundle::Describe(const std::string& request, std::string description) {
  if (Entry* entry = FindToChange(request)) entry->description = std::move(description);
}

std::vector<Outcome> Bundle::Settle(Outcome outcome) {
  Entry* settled = FindToChange(outcome.request.uuid);
  if (settled == nullptr || settled->state != RequestState::kWaiting) return {};
  settled->state = outcome.audio ? RequestState::kReady : RequestState::kFailed;
  settled->problem = outcome.problem;
  if (!outcome.track.title.empty()) settled->description = outcome.track.title;
  settled->held = std::move(outcome);
  std::vector<Outcome> released;
  for (; next_ < entries_.size() && entries_[next_].state != RequestState::kWaiting; ++next_) {
    if (auto held = std::exchange(entries_[next_].held, std::nullopt)) released.push_back(std::move(*held));
  }
  return released;
}

void Bundle::SetPlayed(const std::string& request, PlayEnd end, const std::string& problem) {
  Entry* entry = FindToChange(request);
  if (entry == nullptr || !IsOpen(entry->state)) return;
  switch (end) {
    case PlayEnd::kFinished:
    case PlayEnd::kSkipped:
      entry->state = RequestState::kPlayed;
      break;
    case PlayEnd::kStopped:
      entry->state = RequestState::kStopped;
      break;
    case PlayEnd::kFailed:
      entry->state = RequestState::kFailed;
      entry->problem = problem;
      break;
  }
}

void Bundle::Stop() {
  stopped_ = true;
  for (Entry& entry : entries_) {
    if (IsOpen(entry.state)) entry.state = RequestState::kStopped;
    entry.held.reset();
  }
}

bool Bundle::Wants(const std::string& request) const {
  const Entry* entry = Find(request);
  return entry != nullptr && entry->state == RequestState::kWaiting;
}

bool Bundle::ended() const noexcept {
  return std::none_of(entries_.begin(), entries_.end(), [](const Entry& entry) { return IsOpen(entry.state); });
}

BundleCounts Bundle::Counts() const noexcept {
  BundleCounts counts{.total = entries_.size()};
  for (const Entry& entry : entries_) {
    counts.waiting += entry.state == RequestState::kWaiting ? 1 : 0;
    counts.ready += entry.state == RequestState::kReady ? 1 : 0;
    counts.played += entry.state == RequestState::kPlayed ? 1 : 0;
    counts.failed += entry.state == RequestState::kFailed ? 1 : 0;
    counts.stopped += entry.state == RequestState::kStopped ? 1 : 0;
  }
  return counts;
}

Bundle::Entry* Bundle::FindToChange(const std::string& request) {
  const auto found = places_.find(request);
  return found == places_.end() ? nullptr : &entries_[found->second];
}

const Bundle::Entry* Bundle::Find(const std::string& request) const {
  const auto found = places_.find(request);
  return found == places_.end() ? nullptr : &entries_[found->second];
}

}  // namespace disruptor::music
