#include "guildscope/profiling/readings.hpp"

#include <algorithm>
#include <thread>
#include <utility>

namespace guildscope::profiling {
namespace {

template <typename T>
Aged<T> Take(const BackgroundReading<T>& source, std::chrono::steady_clock::time_point deadline,
             std::chrono::steady_clock::time_point now) {
  auto result = source.Await(deadline);
  Aged<T> taken{std::move(result.value), {}};
  if (taken.value && !result.in_time) taken.age = now - result.read_at;
  return taken;
}

}  // namespace

Sources Sources::Real() {
  return {.process = [reader = std::make_shared<ProcessReader>()] { return reader->Read(); },
          .details = [reader = std::make_shared<DetailsReader>()] { return reader->Read(); },
          .filesystems = [reader = std::make_shared<FilesystemReader>()] { return reader->Read(); },
          .cpus = static_cast<double>(std::max(1U, std::thread::hardware_concurrency()))};
}

Readings::Readings(Sources sources, const Clock& clock, ReadingsOptions options)
    : sources_(std::move(sources)),
      clock_(clock),
      options_(options),
      cpu_(sources_.cpus),
      details_("gs-details", sources_.details, clock),
      filesystems_("gs-filesystems", sources_.filesystems, clock) {
  // The utilization is a difference: the first reading has this one to compare itself with.
  const ProcessValues now = sources_.process();
  cpu_.Update(clock_.SteadyNow(), now.cpu_user, now.cpu_system);
}

std::shared_ptr<const Reading> Readings::Get() {
  const std::lock_guard lock(mutex_);
  const auto now = clock_.SteadyNow();
  if (last_ == nullptr || now - last_->at >= options_.fresh_for) last_ = Read(now);
  return last_;
}

std::shared_ptr<const Reading> Readings::Read(std::chrono::steady_clock::time_point now) {
  // Waiting is by the machine's time: it is about how long somebody really waits.
  const auto start = std::chrono::steady_clock::now();
  auto reading = std::make_shared<Reading>();
  reading->at = now;
  reading->process = sources_.process();
  reading->cpu = cpu_.Update(now, reading->process.cpu_user, reading->process.cpu_system);
  // One after the other: the files that one source has open while it reads, the other would count.
  details_.Ask();
  reading->details = Take(details_, start + options_.patience / 2, now);
  filesystems_.Ask();
  reading->filesystems = Take(filesystems_, start + options_.patience, now);
  return reading;
}

}  // namespace guildscope::profiling
