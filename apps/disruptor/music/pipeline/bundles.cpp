#include "apps/disruptor/music/pipeline/bundles.hpp"

#include <utility>

#include "guildscope/base/uuid.hpp"

namespace disruptor::music {

Request Bundles::Open(const Asked& asked, const std::string& description) {
  const std::lock_guard lock(mutex_);
  Bundle bundle(guildscope::NewUuid(), asked, guildscope::NewUuid(), description);
  Request request = bundle.MakeRequest(bundle.entries().front().request);
  Write(bundle);
  Tell(bundle);
  bundles_.emplace(request.bundle, std::move(bundle));
  return request;
}

std::vector<Request> Bundles::Expand(const Request& request, const std::string& title,
                                     const std::vector<std::string>& descriptions) {
  const std::lock_guard lock(mutex_);
  const auto at = bundles_.find(request.bundle);
  if (at == bundles_.end()) return {};
  auto requests = at->second.Expand(title, descriptions);
  if (requests.empty()) return {};
  Write(at->second);
  Tell(at->second);
  return requests;
}

void Bundles::Describe(const Request& request, const std::string& description) {
  const std::lock_guard lock(mutex_);
  const auto at = bundles_.find(request.bundle);
  if (at == bundles_.end()) return;
  at->second.Describe(request.uuid, description);
  Tell(at->second);
}

std::vector<Outcome> Bundles::Settle(Outcome outcome) {
  const std::lock_guard lock(mutex_);
  const auto at = bundles_.find(outcome.request.bundle);
  if (at == bundles_.end()) return {};
  const std::string request = outcome.request.uuid;
  auto released = at->second.Settle(std::move(outcome));
  Write(at->second, request);
  Update(at);
  return released;
}

void Bundles::SetPlayed(const Played& played) {
  const Request& request = played.what.request;
  const std::lock_guard lock(mutex_);
  const auto at = bundles_.find(request.bundle);
  if (at == bundles_.end()) return;
  at->second.SetPlayed(request.uuid, played.end, played.problem);
  Write(at->second, request.uuid);
  Update(at);
}

void Bundles::Drop(const Request& request) {
  const std::lock_guard lock(mutex_);
  if (const auto at = bundles_.find(request.bundle); at != bundles_.end()) Forget(at);
}

void Bundles::Forget(Map::iterator at) {
  messages_.Forget(at->first);
  journal_.Add(BundleEnd{at->first});
  bundles_.erase(at);
}

void Bundles::StopGuild(Snowflake guild, bool tell) {
  const std::lock_guard lock(mutex_);
  for (auto at = bundles_.begin(); at != bundles_.end();) {
    const auto next = std::next(at);
    if (at->second.asked().guild == guild) {
      at->second.Stop();
      if (tell) {
        Update(at);
      } else {
        Forget(at);
      }
    }
    at = next;
  }
}

bool Bundles::Wants(const Request& request) const {
  const std::lock_guard lock(mutex_);
  const auto at = bundles_.find(request.bundle);
  return at != bundles_.end() && at->second.Wants(request.uuid);
}

bool Bundles::Has(const std::string& bundle) const {
  const std::lock_guard lock(mutex_);
  return bundles_.contains(bundle);
}

std::map<Snowflake, std::size_t> Bundles::CountMany() const {
  std::map<Snowflake, std::size_t> counts;
  const std::lock_guard lock(mutex_);
  for (const auto& [uuid, bundle] : bundles_) {
    if (bundle.entries().size() > 1) ++counts[bundle.asked().guild];
  }
  return counts;
}

std::size_t Bundles::Waiting(Snowflake guild) const {
  std::size_t waiting = 0;
  const std::lock_guard lock(mutex_);
  for (const auto& [uuid, bundle] : bundles_) {
    if (bundle.asked().guild == guild) waiting += bundle.Counts().waiting;
  }
  return waiting;
}

void Bundles::Write(const Bundle& bundle) {
  BundleRow row{
      .uuid = bundle.uuid(), .asked = bundle.asked(), .title = bundle.title(), .created = clock_.Now(), .requests = {}};
  for (const Bundle::Entry& entry : bundle.entries()) row.requests.emplace_back(entry.request, entry.description);
  journal_.Add(std::move(row));
}

void Bundles::Write(const Bundle& bundle, const std::string& request) {
  const Bundle::Entry* entry = bundle.Find(request);
  if (entry != nullptr) journal_.Add(RequestRow{request, entry->state, entry->description, entry->problem});
}

void Bundles::Tell(const Bundle& bundle) {
  const BundleCounts counts = bundle.Counts();
  messages_.Set({.bundle = bundle.uuid(),
                 .channel = bundle.asked().text_channel,
                 .asked = bundle.asked().span,
                 .text = DescribeProgress(bundle),
                 .settled = counts.waiting == 0,
                 .finished = bundle.ended()});
}

void Bundles::Update(Map::iterator at) {
  Tell(at->second);
  if (!at->second.ended()) return;
  journal_.Add(BundleEnd{at->first});
  bundles_.erase(at);
}

}  // namespace disruptor::music
