#include "guildscope/spool/spool.hpp"

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include "guildscope/spool/lane.hpp"

namespace guildscope::spool {

struct Spool::Impl {
  Impl(Options o, std::vector<std::string> names, const Clock& c)
      : options(std::move(o)), clock(c), shared{.clock = c} {
    lanes.reserve(names.size());
    for (std::string& name : names) {
      lanes.push_back(std::make_unique<Lane>(shared, std::move(name), static_cast<std::uint32_t>(lanes.size())));
    }
  }

  /// Locks, and publishes the figures at the end: who asks for them does not wait for a disk.
  struct Locked {
    explicit Locked(Impl& i) : impl(i), lock(i.mutex) {}
    ~Locked() {
      try {
        impl.Publish();
      } catch (const std::bad_alloc&) {  // the next one will
      }
    }
    Impl& impl;
    const std::lock_guard<std::mutex> lock;
  };

  // All with `mutex` held.
  void Publish();
  [[nodiscard]] bool Open();
  [[nodiscard]] bool Take();
  [[nodiscard]] bool CannotBeUsed(const std::string& why);
  void CloseWhenVanished();
  void Close() noexcept;
  [[nodiscard]] bool MakeRoom(std::uint64_t size);

  const Options options;
  const Clock& clock;
  std::mutex mutex;
  Shared shared;                                                         // guarded by mutex; the lanes too
  std::vector<std::unique_ptr<Lane>> lanes;                              // the list never changes
  File lock;                                                             // guarded by mutex
  bool usable = false;                                                   // guarded by mutex
  std::optional<std::chrono::steady_clock::time_point> open_not_before;  // guarded by mutex
  std::chrono::steady_clock::time_point last_sync;                       // guarded by mutex
  mutable std::mutex published_mutex;
  SpoolStats published;  // guarded by published_mutex
};

bool Spool::Impl::CannotBeUsed(const std::string& why) {
  shared.problem = why;
  ++shared.write_errors;
  Close();
  open_not_before = clock.SteadyNow() + options.open_again_after;
  return false;
}

bool Spool::Impl::Open() {
  if (usable) return true;
  if (open_not_before && clock.SteadyNow() < *open_not_before) return false;
  return Take();
}

bool Spool::Impl::Take() {
  const auto text = [](int error) { return std::generic_category().message(error); };
  File folder;
  if (const int error = OpenFolder(options.directory, folder); error != 0) {
    return CannotBeUsed("cannot be opened: " + text(error));
  }
  long holder = 0;
  if (const int error = Lock(folder.get(), lock, holder); error != 0) {
    if (error != EWOULDBLOCK) return CannotBeUsed("cannot be locked: " + text(error));
    return CannotBeUsed("is used by another process" + (holder > 0 ? ", " + std::to_string(holder) : std::string()));
  }
  shared.folder = std::make_shared<const File>(std::move(folder));
  std::vector<FoundSegment> found;
  if (const int error = FindSegments(shared.folder->get(), found); error != 0) {
    return CannotBeUsed("cannot be read: " + text(error));
  }
  if (!found.empty()) shared.next_segment = std::max(shared.next_segment, found.back().number + 1);
  for (const auto& lane : lanes) {
    if (const int error = lane->Load(found); error != 0) return CannotBeUsed("cannot be written: " + text(error));
  }
  shared.problem.clear();
  usable = true;
  return true;
}

void Spool::Impl::Close() noexcept {
  for (const auto& lane : lanes) lane->Unload();
  shared.folder.reset();
  shared.dirty.clear();
  shared.bytes = 0;
  lock = File();
  usable = false;
}

/// Somebody removed the folder, or files in it: what was in them is lost, and what comes next must not go there too.
void Spool::Impl::CloseWhenVanished() {
  if (!usable) return;
  const bool vanished = shared.folder->is_unlinked() || lock.is_unlinked() ||
                        std::ranges::any_of(lanes, [](const auto& lane) { return lane->is_vanished(); });
  if (!vanished) return;
  shared.Failed("files were removed from it", ENOENT);
  Close();
  open_not_before.reset();
}

bool Spool::Impl::MakeRoom(std::uint64_t size) {
  if (size > options.max_bytes) {
    shared.Failed("a record is longer than its limit", EFBIG);
    return false;
  }
  while (shared.bytes + size > options.max_bytes) {
    Lane* oldest = nullptr;
    for (const auto& lane : lanes) {
      if (lane->oldest_segment() && (!oldest || *lane->oldest_segment() < *oldest->oldest_segment())) {
        oldest = lane.get();
      }
    }
    if (oldest == nullptr) break;
    oldest->DropOldestSegment();
  }
  return true;
}

void Spool::Impl::Publish() {
  const std::lock_guard lock_published(published_mutex);
  published.usable = usable;
  published.problem = shared.problem;
  published.bytes = shared.bytes;
  published.max_bytes = options.max_bytes;
  published.write_errors = shared.write_errors;
  published.lanes.resize(lanes.size());
  for (std::size_t i = 0; i < lanes.size(); ++i) published.lanes[i] = lanes[i]->stats();
}

Spool::Spool(Options options, std::vector<std::string> lanes, const Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(lanes), clock)) {
  impl_->Publish();
}

Spool::~Spool() = default;

void Spool::SetEvents(std::size_t lane, LaneEvents events) {
  const Impl::Locked locked(*impl_);
  impl_->lanes.at(lane)->SetEvents(std::move(events));
}

bool Spool::Open() {
  const Impl::Locked locked(*impl_);
  return impl_->Open();
}

std::uint64_t Spool::Put(std::size_t lane, const Append& append) {
  Impl& impl = *impl_;
  const auto compressed = impl.options.compress ? Compress(append.bytes) : std::nullopt;
  const std::string_view body = compressed ? *compressed : append.bytes;
  const RecordHeader header{.time = std::chrono::nanoseconds(impl.clock.Now().time_since_epoch()).count(),
                            .items = append.items,
                            .stored_bytes = static_cast<std::uint32_t>(body.size()),
                            .plain_bytes = static_cast<std::uint32_t>(append.bytes.size()),
                            .body_crc = Crc32c(body),
                            .coding = compressed ? Coding::kDeflate : Coding::kPlain,
                            .attempted = append.attempted};
  const Impl::Locked locked(impl);
  impl.CloseWhenVanished();
  if (!impl.Open()) return 0;
  if (!impl.MakeRoom(kSegmentHeaderBytes + kRecordHeaderBytes + body.size())) return 0;
  Lane& into = *impl.lanes.at(lane);
  const std::uint64_t number = into.Put(header, body, SegmentBytes(impl.options.max_bytes), append.front);
  if (number != 0 && impl.options.fsync == Fsync::kAlways) {
    int error = into.active()->Sync();
    if (error == 0 && std::exchange(impl.shared.folder_dirty, false)) error = impl.shared.folder->Sync();
    if (error != 0) impl.shared.Failed("cannot make it durable", error);
    impl.shared.dirty.clear();
  }
  return number;
}

std::optional<Record> Spool::Front(std::size_t lane) {
  const Impl::Locked locked(*impl_);
  impl_->CloseWhenVanished();
  if (!impl_->Open()) return std::nullopt;
  return impl_->lanes.at(lane)->Front();
}

bool Spool::Settle(std::size_t lane) {
  const Impl::Locked locked(*impl_);
  return impl_->lanes.at(lane)->Settle();
}

bool Spool::Release(std::size_t lane, bool may_have_arrived) {
  const Impl::Locked locked(*impl_);
  return impl_->lanes.at(lane)->Release(may_have_arrived);
}

bool Spool::empty(std::size_t lane) const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->lanes.at(lane)->empty();
}

void Spool::SyncWhenDue() {
  {
    const Impl::Locked locked(*impl_);
    const auto now = impl_->clock.SteadyNow();
    if (impl_->options.fsync != Fsync::kInterval || now - impl_->last_sync < impl_->options.sync_interval) return;
    impl_->last_sync = now;
  }
  Sync();
}

void Spool::Sync() {
  Impl& impl = *impl_;
  if (impl.options.fsync == Fsync::kNever) return;
  std::vector<SharedFile> files;
  {
    const Impl::Locked locked(impl);
    files = std::exchange(impl.shared.dirty, {});
    if (std::exchange(impl.shared.folder_dirty, false) && impl.shared.folder) files.push_back(impl.shared.folder);
  }
  int failure = 0;
  for (const SharedFile& file : files) {
    if (const int error = file->Sync(); error != 0) failure = error;
  }
  if (failure == 0) return;
  const Impl::Locked locked(impl);
  impl.shared.Failed("cannot make it durable", failure);
}

SpoolStats Spool::stats() const {
  const std::lock_guard lock(impl_->published_mutex);
  return impl_->published;
}

const Options& Spool::options() const noexcept { return impl_->options; }

}  // namespace guildscope::spool
