#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <source_location>
#include <string>
#include <thread>

#include "apps/disruptor/database/schema.hpp"
#include "apps/disruptor/database/test_backend.hpp"
#include "apps/disruptor/music/audio/options.hpp"
#include "apps/disruptor/music/audio/tools.hpp"
#include "apps/disruptor/music/ogg/ogg_fixture.hpp"
#include "guildscope/testing/fake_clock.hpp"

namespace disruptor::music {

/// The type of the MediaError that `work` throws.
template <typename Work>
std::string ErrorOf(Work&& work) {
  try {
    work();
  } catch (const MediaError& error) {
    return ToString(error.type());
  }
  return "none";
}

/// Until this is so, which it must become soon.
template <typename Condition>
bool Becomes(const Condition& condition) {
  for (const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
       std::chrono::steady_clock::now() < limit;) {
    if (condition()) return true;
    std::this_thread::yield();
  }
  return false;
}

/// What was logged, as it was handed to the loggers.
struct KeptLog : guildscope::logging::LoggerState {
  KeptLog() { set_threshold(guildscope::logging::Level::kDebug); }
  void Write(guildscope::logging::Level /*level*/, std::string_view message,
             const guildscope::logging::Fields& /*fields*/,
             const std::source_location& /*location*/) noexcept override {
    const std::lock_guard lock(mutex);
    text.append(message).append("\n");
  }
  std::mutex mutex;
  std::string text;  // guarded by mutex
};

/// A database with the bot's schema, a folder, and telemetry that can be asked.
class AudioTest {
 public:
  explicit AudioTest(Dialect dialect = Dialect::kSqlite) : backend_(dialect) {
    options_.cache_directory = folder_.path() / "cache";
    options_.cache_min_free_bytes = 0;
    database_.Migrate(SchemaMigrations());
  }

 protected:
  /// Every file below the cache's folder but what the folder itself needs.
  [[nodiscard]] std::vector<std::string> Files() const {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(options_.cache_directory)) {
      const std::string name = entry.path().filename();
      if (!entry.is_directory() && name != "lock" && name != "cache-id") files.push_back(entry.path());
    }
    return files;
  }
  [[nodiscard]] bool ScratchIsEmpty() const { return std::filesystem::is_empty(options_.cache_directory / "scratch"); }
  std::int64_t Rows() { return database_.Query("SELECT COUNT(*) FROM audio_cache")[0].Get<std::int64_t>(0); }

  ScratchFolder folder_;
  AudioOptions options_;
  guildscope::metrics::Registry registry_;
  guildscope::tracing::Tracer tracer_;
  guildscope::Redactor redactor_;
  guildscope::testing::FakeClock clock_;
  std::shared_ptr<KeptLog> log_ = std::make_shared<KeptLog>();
  AudioTelemetry telemetry_{registry_, tracer_, redactor_, clock_, guildscope::logging::Logger(log_)};
  TestBackend backend_;
  Database database_{backend_.Url(), {}, registry_};
};

}  // namespace disruptor::music
