#include "apps/disruptor/music/pipeline/after_play.hpp"

#include <utility>

#include "apps/disruptor/database/database.hpp"

namespace disruptor::music {
namespace {

using guildscope::database::ErrorType;
using guildscope::health::Iteration;
using guildscope::health::JobRun;

constexpr std::size_t kMostChanges = 500;  // in one transaction
constexpr std::size_t kMostLinks = 16;

/// The next time may be better.
bool MayPass(const DatabaseError& error) noexcept {
  return error.type() == ErrorType::kConnection || error.type() == ErrorType::kTimeout ||
         error.type() == ErrorType::kBusy;
}

}  // namespace

void AfterPlay::Add(Played played, bool interrupted) {
  const std::lock_guard lock(mutex_);
  done_.push_back({std::move(played), interrupted});
}

void AfterPlay::EndLeftovers(std::function<bool(Snowflake)> mine) {
  const std::lock_guard lock(mutex_);
  leftovers_ = std::move(mine);
}

bool AfterPlay::idle() const {
  const std::lock_guard lock(mutex_);
  return done_.empty() && !writing_ && journal_.size() == 0;
}

Iteration AfterPlay::Run(JobRun& run) {
  std::vector<Done> done;
  std::function<bool(Snowflake)> leftovers;
  {
    const std::lock_guard lock(mutex_);
    done = std::exchange(done_, {});
    leftovers = leftovers_;
    writing_ = true;
  }
  struct Written {
    AfterPlay& owner;
    ~Written() {
      const std::lock_guard lock(owner.mutex_);
      owner.writing_ = false;
    }
  } const written{*this};
  if (done.empty() && !leftovers && journal_.size() == 0) return Iteration::kIdle;

  guildscope::tracing::SpanOptions options;
  for (const Done& one : done) {
    const auto& asked = one.played.what.request.asked;
    if (asked.valid() && options.links.size() < kMostLinks) options.links.push_back(asked);
  }
  run.Begin(std::move(options));
  for (const Done& one : done) Note(one);
  if (leftovers) TellLeftovers(leftovers);
  WriteJournal();
  return Iteration::kWorked;
}

void AfterPlay::Note(const Done& done) {
  const Played& played = done.played;
  const bool heard = played.heard.count() > 0 || played.end == PlayEnd::kFinished;
  if (!done.interrupted) bundles_.SetPlayed(played);
  if (!heard) return;
  const Track& track = played.what.track;
  journal_.Add(PlayedRow{played.what.request.uuid, played.what.request.guild, played.what.request.user, track.title,
                         track.url, track.key, played.ended, played.end});
}

void AfterPlay::TellLeftovers(const std::function<bool(Snowflake)>& mine) {
  for (const Leftover& leftover : store_.ReadLeftovers()) {
    if (bundles_.Has(leftover.uuid) || !mine(leftover.guild)) continue;
    if (leftover.unplayed > 0) {
      messages_.Set({.bundle = leftover.uuid,
                     .channel = leftover.text_channel,
                     .asked = leftover.asked,
                     .text = DescribeRestart(leftover.title, leftover.total, leftover.unplayed),
                     .settled = true,
                     .finished = true,
                     .message = leftover.message});
    }
    journal_.Add(BundleEnd{leftover.uuid});
    logger_.Info("a restart ended a bundle of guild {} with {} of {} requests unplayed", leftover.guild,
                 leftover.unplayed, leftover.total);
  }
  const std::lock_guard lock(mutex_);
  leftovers_ = nullptr;
}

void AfterPlay::WriteJournal() {
  if (const std::size_t dropped = journal_.TakeDropped(); dropped > 0) {
    logger_.Error("{} changes of the music's state were dropped: the database was away for too long", dropped);
  }
  auto changes = journal_.Take(kMostChanges);
  try {
    store_.Write(changes);
  } catch (const DatabaseError& error) {
    if (MayPass(error)) {
      journal_.PutBack(std::move(changes));
      throw;
    }
    WriteOneByOne(std::move(changes));
  } catch (...) {
    WriteOneByOne(std::move(changes));
  }
}

// Something in them cannot be written, ever; the others can.
void AfterPlay::WriteOneByOne(std::vector<Change> changes) {
  for (std::size_t i = 0; i < changes.size(); ++i) {
    try {
      store_.Write({changes[i]});
    } catch (const DatabaseError& error) {
      if (MayPass(error)) {
        changes.erase(changes.begin(), changes.begin() + static_cast<std::ptrdiff_t>(i));
        journal_.PutBack(std::move(changes));
        throw;
      }
      logger_.Error("a change of the music's state cannot be written: {}", error.what());
    } catch (const std::exception& error) {
      logger_.Error("a change of the music's state cannot be written: {}", error.what());
    }
  }
}

}  // namespace disruptor::music
