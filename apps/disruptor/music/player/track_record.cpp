#include "apps/disruptor/music/player/track_record.hpp"

namespace disruptor::music {
namespace {

guildscope::tracing::SpanOptions MakeOptions(const Request& request, const std::string& title) {
  guildscope::tracing::SpanOptions options{.attributes = {{"music.media_request.uuid", request.uuid},
                                                          {"guild_id", std::to_string(request.guild)},
                                                          {"music.track.title", title}},
                                           .parent = guildscope::tracing::Context()};
  if (request.asked.valid()) options.links.push_back(request.asked);
  return options;
}

}  // namespace

TrackRecord::TrackRecord(const guildscope::tracing::Tracer& tracer, const TrackEvents& events, const Request& request,
                         const std::string& title)
    : events_(&events), guild_(request.guild), span_(tracer.Start("music player", MakeOptions(request, title))) {}

void TrackRecord::Start() {
  if (started_) return;
  started_ = true;
  events_->CountStart(guild_);
  span_.AddEvent("start");
}

void TrackRecord::AddRejoin(int number, const std::string& reason) {
  span_.AddEvent("rejoin", {{"retry_count", number}, {"reason", reason}});
}

void TrackRecord::End(PlayEnd end, std::chrono::milliseconds position, const std::string& problem) {
  if (started_) events_->CountEnd(guild_);
  started_ = false;
  span_.SetAttribute({"music.track.end", ToString(end)});
  span_.SetAttribute({"music.track.position_ms", position.count()});
  if (end == PlayEnd::kFailed) span_.SetError("play_failed", problem);
  span_.End();
}

}  // namespace disruptor::music
