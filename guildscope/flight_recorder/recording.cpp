#include "guildscope/flight_recorder/recording.hpp"

#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <system_error>
#include <unordered_set>

#include "guildscope/flight_recorder/format.hpp"
#include "guildscope/flight_recorder/span_ids.hpp"

namespace guildscope::flight {
namespace {

template <std::size_t size>
std::string Text(const char (&from)[size]) {
  return {from, strnlen(from, size)};
}

std::string Hex(std::uint64_t number) {
  char digits[16];
  const auto end = std::to_chars(std::begin(digits), std::end(digits), number, 16).ptr;
  return "0x" + std::string(digits, end);
}

std::string BootId() {
  std::ifstream file("/proc/sys/kernel/random/boot_id");
  std::string line;
  std::getline(file, line);
  return line;
}

/// The bytes that the ring had at a place, whose place may run over its end.
class Ring {
 public:
  explicit Ring(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] std::uint64_t size() const noexcept { return bytes_.size(); }
  [[nodiscard]] std::uint64_t OffsetOf(std::uint64_t place) const noexcept { return place % bytes_.size(); }
  void Read(std::uint64_t place, void* to, std::size_t size) const noexcept {
    const std::size_t offset = OffsetOf(place);
    const std::size_t until_end = std::min(size, bytes_.size() - offset);
    std::memcpy(to, bytes_.data() + offset, until_end);
    std::memcpy(static_cast<char*>(to) + until_end, bytes_.data(), size - until_end);
  }
  [[nodiscard]] std::string Read(std::uint64_t place, std::size_t size) const {
    std::string result(size, '\0');
    Read(place, result.data(), size);
    return result;
  }

 private:
  const std::string_view bytes_;
};

bool IsKind(std::uint32_t kind) noexcept {
  return kind >= static_cast<std::uint32_t>(Kind::kSpanStarted) &&
         kind <= static_cast<std::uint32_t>(Kind::kSpanEndedTooLarge);
}

/// The record at a place, if there is a whole one.
std::optional<RecordedItem> ItemAt(const Ring& ring, std::uint64_t place, std::uint64_t end) {
  format::RecordHead head;
  if (end - place < sizeof head) return std::nullopt;
  ring.Read(place, &head, sizeof head);
  if ((head.place & ~format::kDelivered) != place || !IsKind(head.kind)) return std::nullopt;
  // In this order: a sum of two lengths that are not what they should be is no length either.
  if (head.scope_bytes > end - place || head.body_bytes > end - place) return std::nullopt;
  if (format::RecordBytes(head.scope_bytes, head.body_bytes) > end - place) return std::nullopt;
  RecordedItem item{.kind = static_cast<Kind>(head.kind),
                    .unix_nano = head.unix_nano,
                    .thread = head.thread,
                    .delivered = (head.place & format::kDelivered) != 0,
                    .scope = ring.Read(place + sizeof head, head.scope_bytes),
                    .body = {},
                    .key = head.key,
                    .offset = format::kHeaderBytes + ring.OffsetOf(place)};
  const std::uint64_t scope_words = format::WholeWords(head.scope_bytes) * format::kWord;
  item.body = ring.Read(place + sizeof head + scope_words, head.body_bytes);
  const auto nowhere = [](std::size_t, std::uint64_t) {};
  const std::uint64_t scope_sum = format::PassWords(item.scope, format::kSeed, nowhere);
  const std::uint64_t body_sum = format::PassWords(item.body, format::kSeed, nowhere);
  if (format::Mix(format::Mix(format::SumOfHead(head), scope_sum), body_sum) != head.checksum) return std::nullopt;
  return item;
}

void ReadRing(const Ring& ring, std::uint64_t tail, Recording& recording) {
  std::uint64_t place = tail - ring.size();
  // The first turn begins where the ring does.
  place = std::max(place, ring.size());
  while (place < tail) {
    if (auto item = ItemAt(ring, place, tail)) {
      place += format::RecordBytes(item->scope.size(), item->body.size());
      recording.items.push_back(std::move(*item));
    } else {
      place += format::kWord;
      recording.torn_bytes += format::kWord;
    }
  }
}

/// What the process knew a collector to have.
std::unordered_set<std::uint64_t> DeliveredKeys(const std::vector<RecordedItem>& items) {
  std::unordered_set<std::uint64_t> delivered;
  for (const RecordedItem& item : items) {
    if (item.kind != Kind::kDelivered) continue;
    for (std::size_t at = 0; at + sizeof(std::uint64_t) <= item.body.size(); at += sizeof(std::uint64_t)) {
      std::uint64_t key = 0;
      std::memcpy(&key, item.body.data() + at, sizeof key);
      if (key != 0) delivered.insert(key);
    }
  }
  return delivered;
}

void MarkDelivered(std::vector<RecordedItem>& items) {
  const auto delivered = DeliveredKeys(items);
  for (RecordedItem& item : items) {
    if (item.kind != Kind::kSpanStarted && delivered.contains(item.key)) item.delivered = true;
  }
}

std::string FrameText(const format::Header& header, std::uint64_t address) {
  for (std::size_t i = 0; i < std::min<std::size_t>(header.module_count, format::kMaxModules); ++i) {
    const format::Module& module = header.modules[i];
    if (address >= module.begin && address < module.end) return Text(module.name) + "+" + Hex(address - module.base);
  }
  return Hex(address);
}

std::optional<CrashReport> ReadCrash(const format::Header& header) {
  const format::Crash& crash = header.crash;
  if (crash.signal == 0) return std::nullopt;
  CrashReport report{.signal = static_cast<int>(crash.signal),
                     .code = crash.code,
                     .address = crash.address,
                     .unix_nano = crash.unix_nano,
                     .thread = crash.thread,
                     .frames = {}};
  const auto* end = crash.frames + std::min<std::size_t>(crash.frame_count, format::kMaxFrames);
  // Before the place of the fault lie the handler and what the kernel put between.
  const auto* begin = std::find(crash.frames, end, crash.program_counter);
  if (begin == end) begin = crash.frames;
  for (const auto* frame = begin; frame != end; ++frame) report.frames.push_back(FrameText(header, *frame));
  return report;
}

}  // namespace

std::string ToString(const CrashReport& crash) {
  const char* name = sigabbrev_np(crash.signal);
  std::string text = name != nullptr ? "SIG" + std::string(name) : "signal " + std::to_string(crash.signal);
  if (crash.code > 0) text += " at " + Hex(crash.address);
  return text;
}

std::uint64_t Recording::LastUnixNano() const noexcept {
  std::uint64_t last = crash ? crash->unix_nano : created_unix_nano;
  for (const RecordedItem& item : items) last = std::max(last, item.unix_nano);
  return last;
}

std::vector<const RecordedItem*> Recording::OpenSpans() const {
  // What a collector has was ended, even where the ring kept nothing of that.
  auto ended = DeliveredKeys(items);
  for (const RecordedItem& item : items) {
    if (item.kind == Kind::kSpanEnded || item.kind == Kind::kSpanEndedTooLarge) ended.insert(item.key);
  }
  std::vector<const RecordedItem*> open;
  for (const RecordedItem& item : items) {
    if (item.kind == Kind::kSpanStarted && !ended.contains(item.key)) open.push_back(&item);
  }
  return open;
}

Recording ParseRecording(const std::string& bytes) {
  if (bytes.size() < format::kMagic.size() || !bytes.starts_with(format::kMagic)) {
    throw std::runtime_error("it is no recording");
  }
  if (bytes.size() < format::kHeaderBytes) throw std::runtime_error("it is cut short, inside its header");
  const auto header = std::make_unique<format::Header>();
  std::memcpy(header.get(), bytes.data(), sizeof *header);
  if (header->version != format::kVersion || header->header_bytes != format::kHeaderBytes) {
    throw std::runtime_error("it has version " + std::to_string(header->version) + "; this program reads version " +
                             std::to_string(format::kVersion));
  }
  if (header->ring_bytes % format::kWord != 0 || header->ring_bytes == 0) {
    throw std::runtime_error("its header says nonsense");
  }
  if (header->ring_bytes > bytes.size() - format::kHeaderBytes) {
    throw std::runtime_error("it is cut short: " + std::to_string(bytes.size()) + " bytes of " +
                             std::to_string(format::kHeaderBytes + header->ring_bytes));
  }
  if (header->tail % format::kWord != 0 || header->tail < header->ring_bytes) {
    throw std::runtime_error("its header says nonsense");
  }
  Recording recording;
  recording.pid = header->pid;
  recording.created_unix_nano = header->created_unix_nano;
  recording.before_reboot = Text(header->boot_id) != BootId();
  recording.ended_cleanly = header->clean != 0;
  recording.reported = header->reported != 0;
  recording.service_name = Text(header->service_name);
  recording.instance_id = Text(header->instance_id);
  recording.resource.assign(header->resource, std::min<std::size_t>(header->resource_bytes, format::kMaxResource));
  recording.crash = ReadCrash(*header);
  ReadRing(Ring(std::string_view(bytes).substr(format::kHeaderBytes, header->ring_bytes)), header->tail, recording);
  MarkDelivered(recording.items);
  return recording;
}

Recording ReadRecording(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.is_open() || stream.bad()) throw std::runtime_error(std::generic_category().message(errno));
  // Where somebody still writes, the end must be no older than the records.
  stream.clear();
  stream.seekg(offsetof(format::Header, tail));
  if (bytes.size() >= format::kHeaderBytes) stream.read(bytes.data() + offsetof(format::Header, tail), format::kWord);
  return ParseRecording(bytes);
}

}  // namespace guildscope::flight
