#include "apps/disruptor/music/audio/single_flight.hpp"

namespace disruptor::music {

AudioFilePtr SingleFlight::Do(const std::string& key, const std::stop_token& stop, const Work& work) {
  std::unique_lock lock(mutex_);
  while (true) {
    std::shared_ptr<Flight>& slot = flights_[key];
    if (!slot) break;
    const std::shared_ptr<Flight> other = slot;
    ++waiting_;
    const bool done = landed_.wait(lock, stop, [&] { return other->done; });
    --waiting_;
    if (!done) throw MediaError(MediaError::Type::kStopped, "It is not wanted any more.");
    if (other->stopped) continue;
    if (other->error) std::rethrow_exception(other->error);
    return other->result;
  }
  const auto flight = flights_[key] = std::make_shared<Flight>();
  lock.unlock();
  try {
    AudioFilePtr result = work();
    lock.lock();
    flight->result = result;
    Land(key, *flight);
    return result;
  } catch (...) {
    if (!lock.owns_lock()) lock.lock();
    flight->error = std::current_exception();
    flight->stopped = stop.stop_requested();
    Land(key, *flight);
    throw;
  }
}

void SingleFlight::Land(const std::string& key, Flight& flight) {
  flight.done = true;
  flights_.erase(key);
  landed_.notify_all();
}

std::size_t SingleFlight::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_;
}

}  // namespace disruptor::music
