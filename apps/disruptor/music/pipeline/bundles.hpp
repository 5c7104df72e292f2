#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "apps/disruptor/music/pipeline/bundle.hpp"
#include "apps/disruptor/music/pipeline/journal.hpp"
#include "apps/disruptor/music/pipeline/progress_messages.hpp"
#include "guildscope/base/clock.hpp"

namespace disruptor::music {

/// All bundles that are not finished, and who is told of their progress: the journal and the messages.
///
/// Cost: a lock a call; a change writes the bundle's text anew, which looks at all of its requests. Threads: any.
/// Lifetime: all three must outlive it.
class Bundles {
 public:
  Bundles(Journal& journal, ProgressMessages& messages, const guildscope::Clock& clock)
      : journal_(journal), messages_(messages), clock_(clock) {}

  /// A new bundle of one request.
  Request Open(const Asked& asked, const std::string& description);

  /// The request could not be taken: nobody is told.
  void Drop(const Request& request);

  /// See Bundle. Nothing where the bundle is not there any more.
  std::vector<Request> Expand(const Request& request, const std::string& title,
                              const std::vector<std::string>& descriptions);
  void Describe(const Request& request, const std::string& description);
  std::vector<Outcome> Settle(Outcome outcome);
  void SetPlayed(const Played& played);

  /// Ends all bundles of a guild. `tell`: in their messages, too.
  void StopGuild(Snowflake guild, bool tell);

  /// The request still waits: somebody wants it.
  [[nodiscard]] bool Wants(const Request& request) const;

  /// The bundle is not finished.
  [[nodiscard]] bool Has(const std::string& bundle) const;

  /// Bundles of more than one request, by guild.
  [[nodiscard]] std::map<Snowflake, std::size_t> CountMany() const;

  /// Requests of a guild on their way to the player.
  [[nodiscard]] std::size_t Waiting(Snowflake guild) const;

 private:
  using Map = std::map<std::string, Bundle>;

  void Write(const Bundle& bundle);
  void Write(const Bundle& bundle, const std::string& request);
  void Tell(const Bundle& bundle);
  /// The bundle has changed: tells it, and forgets it when it is finished.
  void Update(Map::iterator at);
  /// In silence.
  void Forget(Map::iterator at);

  Journal& journal_;
  ProgressMessages& messages_;
  const guildscope::Clock& clock_;
  mutable std::mutex mutex_;
  Map bundles_;  // by uuid; guarded by mutex_
};

}  // namespace disruptor::music
