#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "apps/disruptor/database/database.hpp"
#include "apps/disruptor/database/schema.hpp"
#include "apps/disruptor/music/pipeline/fakes.hpp"
#include "apps/disruptor/music/pipeline/music_store.hpp"
#include "apps/disruptor/music/pipeline/pipeline.hpp"
#include "guildscope/testing/recorded_metrics.hpp"
#include "guildscope/testing/recorded_spans.hpp"

namespace disruptor::music {

/// A pipeline with its real jobs, queues and database, and neighbours that do as they are told.
class PipelineTest : public ::testing::Test {
 protected:
  PipelineTest() { database_.Migrate(SchemaMigrations()); }

  /// With the options as they are now.
  void Start() {
    pipeline_ = std::make_unique<Pipeline>(
        PipelineParts{
            registry_, tracer_, health_, {}, guildscope::RealClock(), search_, audio_, players_, store_, sender_, {}},
        options_);
    pipeline_->Start();
  }
  void Stop() {
    EXPECT_TRUE(pipeline_->Stop(std::chrono::seconds(30)));
    EXPECT_TRUE(pipeline_->Finish(std::chrono::seconds(30)));
    pipeline_.reset();
  }

  /// Asks inside a command's span, whose context is kept in `asked_`.
  PlayAnswer Play(const std::string& text, Snowflake guild = 1, QueryKind kind = QueryKind::kSearch) {
    const auto command = tracer_.StartActive("command play");
    asked_ = guildscope::tracing::CurrentSpan();
    return pipeline_->Play({.guild = guild, .text_channel = 20, .voice_channel = 30, .user = 40, .span = asked_},
                           {kind, text}, text);
  }
  [[nodiscard]] bool AwaitTracks(std::size_t count) {
    return happenings_.Await([&] { return players_.tracks.size() >= count; });
  }
  void EndTrack(std::size_t number, PlayEnd end, const std::string& problem = "") {
    QueuedTrack track;
    happenings_.Happen([&] { track = players_.tracks.at(number); });
    const auto ended = std::chrono::system_clock::now() + std::chrono::seconds(number);
    pipeline_->OnPlayed({track, end, problem, std::chrono::seconds(3), ended});
  }
  [[nodiscard]] std::int64_t Rows(const std::string& table) {
    return database_.Query("SELECT count(*) FROM " + table)[0].Get<std::int64_t>(0);
  }
  [[nodiscard]] bool AwaitText(const std::string& text) {
    return happenings_.Await([&] { return !sender_.texts.empty() && sender_.texts.rbegin()->second == text; });
  }
  /// The spans of this name that have ended, after a Stop.
  [[nodiscard]] static std::vector<guildscope::testing::RecordedSpan> Named(
      const std::vector<guildscope::testing::RecordedSpan>& spans, std::string_view name) {
    std::vector<guildscope::testing::RecordedSpan> found;
    for (const auto& span : spans) {
      if (span.name == name) found.push_back(span);
    }
    return found;
  }

  guildscope::testing::RecordedSpans spans_;
  guildscope::metrics::Registry registry_;
  guildscope::tracing::Tracer tracer_;
  guildscope::health::Health health_;
  Database database_{"sqlite::memory:", {}, registry_};
  Happenings happenings_;
  FakeSearch search_{happenings_};
  FakeAudio audio_{happenings_};
  FakePlayers players_{happenings_};
  FakeSender sender_{happenings_};
  MusicStore store_{database_, 5};
  PipelineOptions options_{
      .progress = {.first = std::chrono::milliseconds(0), .interval = std::chrono::milliseconds(1)}};
  guildscope::tracing::SpanContext asked_;
  std::unique_ptr<Pipeline> pipeline_;
};

}  // namespace disruptor::music
