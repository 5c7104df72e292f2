#include "guildscope/instrumentation/curl/worker.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "guildscope/base/thread.hpp"

namespace guildscope::curl {

Worker::Worker(const HttpClientOptions& options, const Clock& clock)
    : options_(options), clock_(clock), multi_(curl_multi_init()) {
  if (!multi_) throw std::runtime_error("libcurl cannot be started");
  CURLM* multi = multi_.get();
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options.connections_per_host));
  curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(options.connections));
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, static_cast<long>(options.connections));
  thread_ = StartThread("http_client", [this] { Run(); });
}

Worker::~Worker() { Stop(); }

HttpError Worker::Add(const Entry& entry) {
  {
    const std::lock_guard lock(mutex_);
    if (stopping_) return HttpError::kClosed;
    if (count_ >= options_.max_requests) return HttpError::kQueueFull;
    std::size_t& of_place = of_place_[entry.call->place()];  // not 0 when it was there before
    if (of_place >= options_.max_requests_per_host) return HttpError::kQueueFull;
    new_.push_back(entry);
    ++of_place;
    ++count_;
  }
  curl_multi_wakeup(multi_.get());
  return HttpError::kNone;
}

void Worker::Wake() noexcept {
  cancelled_.store(true);
  curl_multi_wakeup(multi_.get());
}

void Worker::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  curl_multi_wakeup(multi_.get());
  std::call_once(joined_, [this] { thread_.join(); });
}

std::size_t Worker::requests() const {
  const std::lock_guard lock(mutex_);
  return count_;
}

void Worker::Run() {
  const auto stopping = [this] {
    const std::lock_guard lock(mutex_);
    return stopping_;
  };
  while (!stopping()) {
    TakeNew();
    EndCancelled();
    HandleDue();
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    ReadDone();
    curl_multi_poll(multi_.get(), nullptr, 0, PollTimeout(), nullptr);
  }
  TakeNew();
  while (!calls_.empty()) {
    const Entry entry = calls_.begin()->second;
    Advance(entry, [](Call& call) { return call.End(HttpError::kClosed, "the HTTP client ends"); });
  }
}

void Worker::TakeNew() {
  std::vector<Entry> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(new_);
  }
  for (const Entry& entry : taken) {
    calls_.emplace(entry.call.get(), entry);
    Advance(entry, [](Call& call) { return call.Begin(); });
  }
}

void Worker::EndCancelled() {
  if (!cancelled_.exchange(false)) return;
  std::vector<Entry> cancelled;
  for (const auto& [call, entry] : calls_) {
    if (entry.cancelled->load()) cancelled.push_back(entry);
  }
  for (const Entry& entry : cancelled) {
    Advance(entry, [](Call& call) { return call.End(HttpError::kCancelled, "the request was cancelled"); });
  }
}

void Worker::HandleDue() {
  const auto now = clock_.SteadyNow();
  std::vector<Entry> due;
  for (const auto& [call, entry] : calls_) {
    if (call->due() <= now) due.push_back(entry);
  }
  for (const Entry& entry : due) Advance(entry, [](Call& call) { return call.OnDue(); });
}

void Worker::ReadDone() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    const Call* call = nullptr;
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
    const Entry entry = calls_.at(call);
    Advance(entry, [code](Call& ended) { return ended.OnDone(code); });
  }
}

void Worker::Advance(const Entry& entry, const std::function<Call::Next(Call&)>& step) {
  Call& call = *entry.call;
  if (call.transfer() != nullptr) curl_multi_remove_handle(multi_.get(), call.transfer()->handle());
  Call::Next next = Call::Next::kEnded;
  try {
    next = step(call);
    if (next == Call::Next::kTransfer) {
      CURL* const handle = call.transfer()->handle();
      curl_easy_setopt(handle, CURLOPT_PRIVATE, static_cast<void*>(&call));
      if (curl_multi_add_handle(multi_.get(), handle) == CURLM_OK) return;
      next = call.End(HttpError::kOther, "libcurl does not take the request");
    }
  } catch (const std::exception& error) {
    next = call.End(HttpError::kOther, error.what());
  }
  if (next != Call::Next::kEnded) return;
  Forget(entry);
  call.Deliver();
}

void Worker::Forget(const Entry& entry) {
  calls_.erase(entry.call.get());
  const std::lock_guard lock(mutex_);
  --count_;
  const auto of_place = of_place_.find(entry.call->place());
  if (--of_place->second == 0) of_place_.erase(of_place);
}

int Worker::PollTimeout() const {
  constexpr std::chrono::milliseconds kLongest{60'000};
  auto wait = kLongest;
  const auto now = clock_.SteadyNow();
  for (const auto& [call, entry] : calls_) {
    wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(call->due() - now));
  }
  return static_cast<int>(std::max(wait, std::chrono::milliseconds(0)).count());
}

}  // namespace guildscope::curl
