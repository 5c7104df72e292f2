#pragma once

#include <condition_variable>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <unordered_map>

#include "apps/disruptor/music/media.hpp"

namespace disruptor::music {

/// Does the same work once for all who want it at the same time: the first does it, the others wait, all get the result
/// or the error.
///
/// When the one who does it is stopped, one of those who wait does it instead; who waits and is stopped leaves at once.
/// Threads: any. Lifetime: nobody may be inside when it is destroyed.
class SingleFlight {
 public:
  using Work = std::function<AudioFilePtr()>;

  /// Throws what `work` throws, and MediaError (kStopped) when `stop` asks for it while it waits.
  AudioFilePtr Do(const std::string& key, const std::stop_token& stop, const Work& work);

  /// How many wait for somebody else's work now.
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Flight {
    bool done = false;     // guarded by mutex_, as is all below
    bool stopped = false;  // the one who did it was stopped: it is not known how it would have ended
    AudioFilePtr result;
    std::exception_ptr error;
  };

  void Land(const std::string& key, Flight& flight);

  mutable std::mutex mutex_;
  std::condition_variable_any landed_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;  // guarded by mutex_
  std::size_t waiting_ = 0;                                           // guarded by mutex_
};

}  // namespace disruptor::music
