#include "guildscope/flight_recorder/recorder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <system_error>

#include "guildscope/flight_recorder/crash_handler.hpp"
#include "guildscope/flight_recorder/file_names.hpp"
#include "guildscope/flight_recorder/format.hpp"
#include "guildscope/flight_recorder/span_ids.hpp"

namespace guildscope::flight {
namespace {

constexpr std::size_t kSmallestFile = 256 * 1024;
constexpr std::size_t kLargestRecord = 64 * 1024;
constexpr std::uint64_t kKeyIsSum = UINT64_MAX;  // a span's id is random: it will not be this

[[noreturn]] void Fail(const std::string& what, const std::filesystem::path& path, int error) {
  throw std::runtime_error(what + " '" + path.string() + "': " + std::generic_category().message(error));
}

std::uint32_t ThreadId() noexcept {
  static thread_local const auto id = static_cast<std::uint32_t>(syscall(SYS_gettid));
  return id;
}

template <std::size_t size>
void Put(std::string_view text, char (&to)[size]) noexcept {
  text.copy(to, size - 1);
}

std::string ReadLine(const char* path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

/// The 22nd field of /proc/self/stat (proc(5)); the second may have spaces in it and ends with the last parenthesis.
std::uint64_t ProcessStart() {
  const std::string line = ReadLine("/proc/self/stat");
  std::istringstream fields(line.substr(std::min(line.rfind(')') + 1, line.size())));
  constexpr int kBehindTheName = 19;
  std::string field;
  for (int i = 0; i <= kBehindTheName && fields >> field; ++i) {
  }
  return std::strtoull(field.c_str(), nullptr, 10);
}

std::uint64_t UnixNano() noexcept {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

}  // namespace

Recorder::Recorder(const RecorderOptions& options, std::shared_ptr<const Redactor> redactor, Clean clean)
    : redactor_(std::move(redactor)), clean_(std::move(clean)) {
  try {
    Open(options);
  } catch (...) {
    Close();
    throw;
  }
  if (options.crash_handler) {
    crash_handler_ = std::make_unique<CrashHandler>(*header_);
    signal_stacks_ = true;
  }
}

Recorder::~Recorder() {
  crash_handler_.reset();
  Close();
}

// Nobody may find the file before it is whole and locked: it gets its name last.
void Recorder::Open(const RecorderOptions& options) {
  std::error_code error;
  std::filesystem::create_directories(options.directory, error);
  if (error) Fail("cannot make the directory", options.directory, error.value());
  const std::uint64_t now = UnixNano();
  file_ = options.directory / FileName(getpid(), now);
  const std::filesystem::path unfinished = file_.string() + kUnfinished;

  fd_ = open(unfinished.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd_ < 0) Fail("cannot make the file", unfinished, errno);
  const auto give_up = [&](const std::string& what, int why) {
    unlink(unfinished.c_str());
    Fail(what, unfinished, why);
  };
  if (flock(fd_, LOCK_EX | LOCK_NB) != 0) give_up("cannot lock the file", errno);
  const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t bytes = std::max(options.max_bytes, kSmallestFile) / page * page;
  // With a hole in it, a full disk would be told by a signal while the process runs.
  if (const int why = posix_fallocate(fd_, 0, static_cast<off_t>(bytes)); why != 0) {
    give_up("no room for the file, " + std::to_string(bytes) + " bytes,", why);
  }
  void* memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, 0);
  if (memory == MAP_FAILED) give_up("cannot map the file", errno);
  mapped_bytes_ = bytes;
  header_ = static_cast<format::Header*>(memory);
  ring_ = reinterpret_cast<std::uint64_t*>(static_cast<char*>(memory) + format::kHeaderBytes);
  ring_words_ = (bytes - format::kHeaderBytes) / format::kWord;
  largest_ = std::min(kLargestRecord, (bytes - format::kHeaderBytes) / 16);
  header_->created_unix_nano = now;
  FillHeader(options);
  if (rename(unfinished.c_str(), file_.c_str()) != 0) give_up("cannot name the file", errno);
}

void Recorder::FillHeader(const RecorderOptions& options) {
  format::Header& header = *header_;
  format::kMagic.copy(header.magic, sizeof header.magic);
  header.version = format::kVersion;
  header.header_bytes = format::kHeaderBytes;
  header.ring_bytes = ring_words_ * format::kWord;
  header.tail = header.ring_bytes;
  header.pid = static_cast<std::uint32_t>(getpid());
  header.process_start = ProcessStart();
  Put(ReadLine("/proc/sys/kernel/random/boot_id"), header.boot_id);
  Put(options.service_name, header.service_name);
  Put(options.instance_id, header.instance_id);
  if (options.resource.size() <= sizeof header.resource) {
    header.resource_bytes = static_cast<std::uint32_t>(options.resource.copy(header.resource, sizeof header.resource));
  }
}

void Recorder::Close() noexcept {
  if (header_ != nullptr) munmap(header_, mapped_bytes_);
  if (fd_ >= 0) close(fd_);
}

std::uint64_t Recorder::KeyOf(Kind kind, std::string_view body) noexcept {
  if (kind != Kind::kLog) return SpanKey(body);
  return format::PassWords(body, format::kSeed, [](std::size_t, std::uint64_t) {});
}

void Recorder::Record(Kind kind, std::string_view scope, std::string_view body, std::uint64_t unix_nano) noexcept {
  if (redactor_->NeedsRedaction(body)) [[unlikely]]
    return RecordCleaned(kind, scope, body, unix_nano);
  Write(kind, scope, body, unix_nano, kind == Kind::kLog ? kKeyIsSum : SpanKey(body));
}

void Recorder::RecordCleaned(Kind kind, std::string_view scope, std::string_view body,
                             std::uint64_t unix_nano) noexcept {
  try {
    Write(kind, scope, clean_(kind, body), unix_nano, KeyOf(kind, body));
  } catch (...) {
    not_cleaned_.fetch_add(1, std::memory_order_relaxed);
  }
}

// The span would be taken for one that never ended.
void Recorder::RecordTooLarge(Kind kind, std::string_view body, std::uint64_t unix_nano) noexcept {
  too_large_.fetch_add(1, std::memory_order_relaxed);
  if (kind != Kind::kSpanEnded) return;
  Write(Kind::kSpanEndedTooLarge, {}, SpanIds(body), unix_nano, SpanKey(body));
}

void Recorder::Write(Kind kind, std::string_view scope, std::string_view body, std::uint64_t unix_nano,
                     std::uint64_t key) noexcept {
  const std::size_t size = format::RecordBytes(scope.size(), body.size());
  if (size > largest_) [[unlikely]]
    return RecordTooLarge(kind, body, unix_nano);
  if (signal_stacks_) CrashHandler::GiveThreadAStack();
  const std::uint64_t place = std::atomic_ref(header_->tail).fetch_add(size, std::memory_order_relaxed);
  // Single words, because another writer may be here, a whole turn later or earlier: one of the two is not whole then,
  // and everybody can see it.
  const auto put = [this](std::size_t at, std::uint64_t word) {
    if (at >= ring_words_) at -= ring_words_;
    std::atomic_ref(ring_[at]).store(word, std::memory_order_relaxed);
  };
  constexpr std::size_t kHeadWords = sizeof(format::RecordHead) / format::kWord;
  const std::size_t begin = place / format::kWord % ring_words_;
  const std::size_t scope_at = begin + kHeadWords;
  const std::size_t body_at = scope_at + format::WholeWords(scope.size());
  const std::uint64_t scope_sum = format::PassWords(
      scope, format::kSeed, [&](std::size_t index, std::uint64_t word) { put(scope_at + index, word); });
  const std::uint64_t body_sum = format::PassWords(
      body, format::kSeed, [&](std::size_t index, std::uint64_t word) { put(body_at + index, word); });
  format::RecordHead head{.place = place,
                          .checksum = 0,
                          .scope_bytes = static_cast<std::uint32_t>(scope.size()),
                          .body_bytes = static_cast<std::uint32_t>(body.size()),
                          .kind = static_cast<std::uint32_t>(kind),
                          .thread = ThreadId(),
                          .unix_nano = unix_nano,
                          .key = key == kKeyIsSum ? body_sum : key};
  head.checksum = format::Mix(format::Mix(format::SumOfHead(head), scope_sum), body_sum);
  const auto words = std::bit_cast<std::array<std::uint64_t, kHeadWords>>(head);
  for (std::size_t i = 0; i < kHeadWords; ++i) put(begin + i, words[i]);
}

void Recorder::Delivered(std::span<const std::uint64_t> keys) noexcept {
  const std::size_t most = (largest_ - sizeof(format::RecordHead)) / sizeof(std::uint64_t);
  const std::uint64_t now = UnixNano();
  while (!keys.empty()) {
    const auto some = keys.first(std::min(keys.size(), most));
    const std::string_view bytes(reinterpret_cast<const char*>(some.data()), some.size_bytes());
    Write(Kind::kDelivered, {}, bytes, now, 0);
    keys = keys.subspan(some.size());
  }
}

void Recorder::EndCleanly() noexcept {
  if (header_->pid != static_cast<std::uint32_t>(getpid())) return;
  std::atomic_ref(header_->clean).store(1, std::memory_order_relaxed);
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

}  // namespace guildscope::flight
