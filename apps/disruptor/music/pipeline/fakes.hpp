#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "apps/disruptor/music/media.hpp"
#include "apps/disruptor/music/pipeline/progress_messages.hpp"
#include "apps/disruptor/music/player/players.hpp"

/// The pipeline's neighbours, for its tests: they do as they are told, and remember what they were asked.
namespace disruptor::music {

/// What several threads do, and a test waits for.
class Happenings {
 public:
  void Happen(const std::function<void()>& change) {
    {
      const std::lock_guard lock(mutex_);
      change();
    }
    changed_.notify_all();
  }
  /// Waits until it holds; long, because the machine may be busy.
  [[nodiscard]] bool Await(const std::function<bool()>& holds) {
    std::unique_lock lock(mutex_);
    while (!holds()) {
      // What others guard may change unseen.
      if (changed_.wait_for(lock, std::chrono::milliseconds(20)) == std::cv_status::timeout &&
          std::chrono::steady_clock::now() > deadline_) {
        return holds();
      }
    }
    return true;
  }
  [[nodiscard]] std::mutex& mutex() noexcept { return mutex_; }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  const std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + std::chrono::seconds(60);
};

class FakeSearch final : public Search {
 public:
  explicit FakeSearch(Happenings& happenings) : happenings_(happenings) {}

  Found Find(const Query& query, const std::stop_token& stop) override {
    happenings_.Happen([&] { asked.push_back(query.text); });
    return find(query, stop);
  }

  [[nodiscard]] static Found::Item Item(const std::string& title) {
    return {.track = {.key = "key:" + title, .url = "http://127.0.0.1/" + title, .title = title}, .description = title};
  }

  std::function<Found(const Query&, const std::stop_token&)> find = [](const Query& query, const std::stop_token&) {
    return Found{.items = {Item(query.text)}};
  };
  std::vector<std::string> asked;

 private:
  Happenings& happenings_;
};

class FakeAudio final : public AudioSource {
 public:
  explicit FakeAudio(Happenings& happenings) : happenings_(happenings) {}

  AudioFilePtr FindCached(const Track& track) override {
    const std::lock_guard lock(happenings_.mutex());
    const auto found = cached.find(track.key);
    return found == cached.end() ? nullptr : found->second;
  }
  AudioFilePtr Fetch(const Track& track, Snowflake, const std::stop_token& stop) override {
    happenings_.Happen([&] { fetched.push_back(track.key); });
    if (fetch) fetch(track, stop);
    return std::make_shared<const AudioFile>(
        AudioFile{.path = "/x", .length = std::chrono::seconds(3), .bytes = 1'000});
  }

  std::function<void(const Track&, const std::stop_token&)> fetch;
  std::map<std::string, AudioFilePtr> cached;
  std::vector<std::string> fetched;

 private:
  Happenings& happenings_;
};

class FakePlayers final : public Players {
 public:
  explicit FakePlayers(Happenings& happenings) : happenings_(happenings) {}

  void Enqueue(QueuedTrack track) override {
    happenings_.Happen([&] { tracks.push_back(std::move(track)); });
  }
  PlayerAnswer Skip(Snowflake) override { return PlayerAnswer::kNoPlayer; }
  PlayerAnswer Pause(Snowflake) override { return PlayerAnswer::kNoPlayer; }
  PlayerAnswer Resume(Snowflake) override { return PlayerAnswer::kNoPlayer; }
  PlayerAnswer Shuffle(Snowflake) override { return PlayerAnswer::kNoPlayer; }
  PlayerAnswer Stop(Snowflake, bool) override { return PlayerAnswer::kNoPlayer; }
  [[nodiscard]] PlayerView View(Snowflake) const override { return {}; }
  [[nodiscard]] std::size_t active() const override { return 0; }
  [[nodiscard]] std::size_t queued() const override { return 3; }

  [[nodiscard]] std::vector<std::string> Titles() const {
    std::vector<std::string> titles;
    for (const QueuedTrack& track : tracks) titles.push_back(track.track.title);
    return titles;
  }

  std::vector<QueuedTrack> tracks;

 private:
  Happenings& happenings_;
};

class FakeSender final : public MessageSender {
 public:
  explicit FakeSender(Happenings& happenings) : happenings_(happenings) {}

  void Send(Snowflake channel, Snowflake message, const std::string& text, Done done) override {
    Snowflake id = message;
    happenings_.Happen([&] {
      if (id == 0) id = ++last_;
      texts[id] = text;
      channels[id] = channel;
      ++sent;
    });
    done(Outcome::kSent, id);
  }

  std::map<Snowflake, std::string> texts;  // by message
  std::map<Snowflake, Snowflake> channels;
  int sent = 0;

 private:
  Happenings& happenings_;
  Snowflake last_ = 500;
};

}  // namespace disruptor::music
