#include "apps/disruptor/discord/dpp_playback.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace disruptor {
namespace {

using music::PlaybackEnd;
using music::PlaybackResult;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds kTick{20};
constexpr milliseconds kMostOwed{200};
constexpr std::size_t kAhead = 100;      // frames: two seconds
constexpr std::size_t kRefill = 50;      // with fewer than this the file is read again
constexpr std::size_t kReadAtOnce = 25;  // so that one guild does not keep others waiting
constexpr int kSilentFrames = 5;
// 20 ms of silence, as Discord's documentation of voice gives it.
constexpr std::uint8_t kSilence[] = {0xF8, 0xFF, 0xFE};

}  // namespace

DppPlayback::DppPlayback(dpp::cluster& bot, DppVoiceLinks& links)
    : links_(links), ticker_(bot, kTick, [this] { Tick(); }), thread_([this] { Work(); }) {
  links_.SetListener({.on_left = [this](Snowflake guild) { OnLeft(guild); },
                      .on_lost = [this](Snowflake guild, const std::string& why) { OnLost(guild, why); }});
}

DppPlayback::~DppPlayback() { Close(); }

music::Playback::Id DppPlayback::Play(Snowflake guild, music::AudioFilePtr file, milliseconds from,
                                      music::PlaybackCallbacks callbacks) {
  const auto track = std::make_shared<Track>();
  track->guild = guild;
  track->file = std::move(file);
  track->from = track->position = from;
  track->callbacks = std::move(callbacks);
  const std::lock_guard lock(mutex_);
  track->id = ++last_id_;
  if (const auto before = tracks_.find(guild); before != tracks_.end()) {
    End(TrackPtr(before->second), PlaybackEnd::kStopped, "");
  }
  tracks_[guild] = track;
  silence_.erase(guild);  // What follows at once needs none.
  if (closed_) {
    End(track, PlaybackEnd::kStopped, "");
  } else if (const auto lost = lost_.find(guild); lost != lost_.end()) {
    End(track, PlaybackEnd::kLost, std::string(lost->second));
  } else {
    ticker_.Start();
  }
  work_changed_.notify_one();
  return track->id;
}

void DppPlayback::Pause(Id id) {
  const std::lock_guard lock(mutex_);
  const TrackPtr track = Find(id);
  if (!track || track->paused) return;
  track->paused = true;
  if (track->started) OweSilence(track->guild);
}

void DppPlayback::Resume(Id id) {
  const std::lock_guard lock(mutex_);
  const TrackPtr track = Find(id);
  if (!track || !track->paused) return;
  track->paused = false;
  track->due.reset();
  silence_.erase(track->guild);
  ticker_.Start();
}

void DppPlayback::Stop(Id id) {
  const std::lock_guard lock(mutex_);
  if (const TrackPtr track = Find(id)) End(track, PlaybackEnd::kStopped, "");
}

std::optional<milliseconds> DppPlayback::Position(Id id) const {
  const std::lock_guard lock(mutex_);
  const TrackPtr track = Find(id);
  return track ? std::optional(track->position) : std::nullopt;
}

void DppPlayback::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    while (!tracks_.empty()) End(TrackPtr(tracks_.begin()->second), PlaybackEnd::kStopped, "");
  }
  work_changed_.notify_one();
  if (thread_.joinable()) thread_.join();
  ticker_.Stop();
}

DppPlayback::TrackPtr DppPlayback::Find(Id id) const {
  const auto entry = std::find_if(tracks_.begin(), tracks_.end(), [id](const auto& e) { return e.second->id == id; });
  return entry == tracks_.end() ? nullptr : entry->second;
}

void DppPlayback::End(const TrackPtr& track, PlaybackEnd end, const std::string& problem) {
  tracks_.erase(track->guild);
  track->ended = true;
  track->ahead.clear();
  if (track->started && !track->paused) OweSilence(track->guild);
  Owe([track, result = PlaybackResult{end, track->position, problem}] { track->callbacks.on_end(result); });
}

void DppPlayback::OnLeft(Snowflake guild) {
  const std::lock_guard lock(mutex_);
  const auto entry = tracks_.find(guild);
  if (entry != tracks_.end()) End(TrackPtr(entry->second), PlaybackEnd::kStopped, "");
  silence_.erase(guild);  // There is nobody to send it to.
  lost_.erase(guild);
}

void DppPlayback::OnLost(Snowflake guild, const std::string& why) {
  const std::lock_guard lock(mutex_);
  lost_[guild] = why;  // Until it leaves, which comes before it joins again.
  const auto entry = tracks_.find(guild);
  if (entry != tracks_.end()) End(TrackPtr(entry->second), PlaybackEnd::kLost, why);
  silence_.erase(guild);
}

void DppPlayback::Owe(std::function<void()> callback) {
  owed_.push_back(std::move(callback));
  work_changed_.notify_one();
}

void DppPlayback::OweSilence(Snowflake guild) {
  silence_[guild] = kSilentFrames;
  ticker_.Start();
}

void DppPlayback::Tick() {
  std::vector<Sending> sending;
  {
    const std::lock_guard lock(mutex_);
    TakeSilence(sending);
    const TimePoint now = steady_clock::now();
    std::vector<TrackPtr> playing;
    for (const auto& [guild, track] : tracks_) {
      if (!track->paused) playing.push_back(track);
    }
    for (const TrackPtr& track : playing) TakeDue(track, now, sending);
    if (playing.empty() && silence_.empty()) ticker_.Stop();
  }
  for (const Sending& frame : sending) links_.Send(frame.guild, frame.opus, frame.samples);
}

void DppPlayback::TakeSilence(std::vector<Sending>& sending) {
  for (auto entry = silence_.begin(); entry != silence_.end();) {
    sending.push_back({entry->first, {std::begin(kSilence), std::end(kSilence)}, music::kFrameSamples});
    entry = --entry->second > 0 ? std::next(entry) : silence_.erase(entry);
  }
}

void DppPlayback::TakeDue(const TrackPtr& track, TimePoint now, std::vector<Sending>& sending) {
  // The nearest tick: the first may have been late, and all others then come a moment before a frame is due.
  const TimePoint horizon = now + kTick / 2;
  const bool is_over = track->whole && track->ahead.empty() && (!track->due || *track->due <= horizon);
  if (is_over && track->started) return EndWhole(track);
  if (!links_.IsReady(track->guild)) {
    track->due.reset();
    return;
  }
  if (!track->due || now - *track->due > kMostOwed) track->due = now;
  while (*track->due <= horizon && !track->ahead.empty()) {
    Frame& frame = track->ahead.front();
    *track->due += std::chrono::nanoseconds(std::chrono::seconds(1)) * frame.samples / music::kOpusRate;
    track->position = frame.position;
    sending.push_back({track->guild, std::move(frame.opus), frame.samples});
    track->ahead.pop_front();
    if (!std::exchange(track->started, true)) Owe([track] { track->callbacks.on_start(); });
  }
  if (track->ahead.size() < kRefill && !track->whole) work_changed_.notify_one();
  if (!track->ahead.empty()) return;
  if (!track->whole) {
    track->due.reset();  // The disk is late.
  } else if (!track->started) {
    EndWhole(track);
  }
}

void DppPlayback::EndWhole(const TrackPtr& track) {
  End(track, track->damage.empty() ? PlaybackEnd::kFinished : PlaybackEnd::kBadFile, track->damage);
}

DppPlayback::TrackPtr DppPlayback::FindHungry() const {
  TrackPtr hungriest;
  for (const auto& [guild, track] : tracks_) {
    if (track->whole || track->ahead.size() >= kRefill) continue;
    if (!hungriest || track->ahead.size() < hungriest->ahead.size()) hungriest = track;
  }
  return hungriest;
}

void DppPlayback::Work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!owed_.empty()) {
      const std::function<void()> callback = std::move(owed_.front());
      owed_.pop_front();
      lock.unlock();
      callback();
      lock.lock();
    } else if (closed_) {
      return;
    } else if (const TrackPtr track = FindHungry()) {
      Read(track, lock);
    } else {
      work_changed_.wait(lock);
    }
  }
}

void DppPlayback::Read(const TrackPtr& track, std::unique_lock<std::mutex>& lock) {
  const std::size_t room = kAhead - track->ahead.size();
  lock.unlock();
  std::vector<Frame> frames;
  bool whole = false;
  std::string damage;
  try {
    if (!track->reader) track->reader.emplace(track->file->path);
    while (!whole && frames.size() < std::min(room, kReadAtOnce)) {
      const auto packet = track->reader->Next();
      whole = !packet;
      const milliseconds position = track->reader->position();
      const bool is_wanted = position > track->from || track->from == milliseconds(0);
      if (packet && is_wanted) {
        frames.push_back({{packet->data.begin(), packet->data.end()}, packet->samples, position});
      }
    }
  } catch (const std::exception& error) {
    whole = true;
    damage = error.what();
  }
  lock.lock();
  if (track->ended) return;
  std::move(frames.begin(), frames.end(), std::back_inserter(track->ahead));
  track->whole = whole;
  track->damage = std::move(damage);
}

}  // namespace disruptor
