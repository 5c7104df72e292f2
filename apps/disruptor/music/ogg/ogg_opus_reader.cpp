#include "apps/disruptor/music/ogg/ogg_opus_reader.hpp"

#include <ogg/ogg.h>
#include <opus/opus.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>

namespace disruptor::music {
namespace {

constexpr std::size_t kReadBytes = 16 * 1024;
/// A packet may go on over many pages. Ours are below 1,300 bytes, comments below that; more than this is no sound.
constexpr std::size_t kMaxPacketBytes = 1024 * 1024;

std::uint32_t LittleEndian(const unsigned char* bytes, int count) {
  std::uint32_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

bool BeginsWith(const ogg_packet& packet, std::string_view magic) {
  return packet.bytes >= static_cast<long>(magic.size()) && std::memcmp(packet.packet, magic.data(), magic.size()) == 0;
}

OpusHead ParseHead(const ogg_packet& packet) {
  constexpr long kHeadBytes = 19;
  if (!BeginsWith(packet, "OpusHead") || packet.bytes < kHeadBytes) throw OggError("the file is not Ogg Opus");
  const unsigned char* bytes = packet.packet;
  if ((bytes[8] & 0xF0) != 0) throw OggError("a version of Ogg Opus that is not known: " + std::to_string(bytes[8]));
  OpusHead head;
  head.channels = bytes[9];
  head.pre_skip = LittleEndian(bytes + 10, 2);
  head.input_sample_rate = LittleEndian(bytes + 12, 4);
  head.gain = static_cast<std::int16_t>(LittleEndian(bytes + 16, 2));
  const int mapping = bytes[18];
  if (mapping != 0 || head.channels < 1 || head.channels > 2) {
    throw OggError("the sound is neither mono nor stereo: " + std::to_string(head.channels) +
                   " channels, mapping family " + std::to_string(mapping));
  }
  return head;
}

std::chrono::milliseconds Heard(std::int64_t samples, const OpusHead& head) {
  return std::chrono::milliseconds(std::max<std::int64_t>(0, samples - head.pre_skip) * 1'000 / kOpusRate);
}

struct CloseFile {
  void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

}  // namespace

/// Never moved, because libogg's structs are not.
struct OggOpusReader::Impl {
  explicit Impl(const std::filesystem::path& path);
  ~Impl();

  bool NextPacket(ogg_packet& packet);
  bool ReadPage(ogg_page& page);
  void TakePage(ogg_page& page);
  void Fill();
  [[noreturn]] void Fail(const std::string& what, bool damaged = true);

  std::unique_ptr<std::FILE, CloseFile> file;
  ogg_sync_state sync{};
  ogg_stream_state stream{};
  bool stream_made = false;
  bool stream_ended = false;  // the page that is marked as the last has been read
  bool file_ended = false;
  std::uint64_t pages = 0;
  std::size_t unfinished = 0;  // bytes of pages since one on which a packet ended
  std::int64_t granule = 0;    // the last that a page gave
  std::int64_t samples = 0;    // of the packets that were given
  OpusHead head;
  std::optional<OggError> failure;
};

OggOpusReader::Impl::Impl(const std::filesystem::path& path) : file(std::fopen(path.c_str(), "rbe")) {
  if (!file) throw OggError("the file cannot be opened: " + std::generic_category().message(errno), false);
  ogg_sync_init(&sync);
}

OggOpusReader::Impl::~Impl() {
  if (stream_made) ogg_stream_clear(&stream);
  ogg_sync_clear(&sync);
}

void OggOpusReader::Impl::Fail(const std::string& what, bool damaged) {
  failure = OggError(what, damaged);
  throw *failure;
}

void OggOpusReader::Impl::Fill() {
  char* buffer = ogg_sync_buffer(&sync, kReadBytes);
  if (buffer == nullptr) Fail("no memory to read the file", false);
  const std::size_t count = std::fread(buffer, 1, kReadBytes, file.get());
  if (count == 0 && std::ferror(file.get()) != 0) {
    Fail("the file cannot be read: " + std::generic_category().message(errno), false);
  }
  file_ended = count == 0;
  ogg_sync_wrote(&sync, static_cast<long>(count));
}

/// False at the end of the file. ogg_sync_pageseek, not pageout, because the latter silently looks for the next page
/// that is whole.
bool OggOpusReader::Impl::ReadPage(ogg_page& page) {
  while (true) {
    const long found = ogg_sync_pageseek(&sync, &page);
    if (found > 0) return true;
    if (found < 0) Fail("page " + std::to_string(pages + 1) + " is damaged");
    if (file_ended) {
      if (sync.fill != sync.returned) Fail("the file ends in the middle of page " + std::to_string(pages + 1));
      return false;
    }
    Fill();
  }
}

void OggOpusReader::Impl::TakePage(ogg_page& page) {
  ++pages;
  if (!stream_made) {
    if (ogg_page_bos(&page) == 0) Fail("the file does not begin with the beginning of a stream");
    if (ogg_stream_init(&stream, ogg_page_serialno(&page)) != 0) Fail("no memory to read the file", false);
    stream_made = true;
  } else if (ogg_page_bos(&page) != 0 || ogg_page_serialno(&page) != stream.serialno) {
    Fail("page " + std::to_string(pages) + " belongs to another stream");
  }
  if (ogg_page_pageno(&page) != static_cast<long>(pages - 1)) Fail("page " + std::to_string(pages) + " is missing");
  if (const std::int64_t position = ogg_page_granulepos(&page); position != -1) {
    if (position < granule) Fail("the time goes backwards on page " + std::to_string(pages));
    granule = position;
  }
  stream_ended = ogg_page_eos(&page) != 0;
  unfinished = ogg_page_packets(&page) > 0 ? 0 : unfinished + static_cast<std::size_t>(page.body_len);
  if (unfinished > kMaxPacketBytes) Fail("a packet is too large");
  if (ogg_stream_pagein(&stream, &page) != 0) Fail("page " + std::to_string(pages) + " does not fit");
}

bool OggOpusReader::Impl::NextPacket(ogg_packet& packet) {
  while (true) {
    const int found = stream_made ? ogg_stream_packetout(&stream, &packet) : 0;
    if (found > 0) return true;
    if (found < 0) Fail("something is missing before page " + std::to_string(pages));
    ogg_page page;
    if (!ReadPage(page)) {
      if (!stream_ended) Fail(pages == 0 ? "the file is empty" : "the file ends too early");
      if (stream.lacing_fill != stream.lacing_returned) Fail("the last packet is not whole");
      return false;
    }
    if (stream_ended) Fail("there is something behind the end");
    TakePage(page);
  }
}

OggOpusReader::OggOpusReader(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {
  ogg_packet packet;
  if (!impl_->NextPacket(packet)) throw OggError("the file is not Ogg Opus");
  impl_->head = ParseHead(packet);
  if (!impl_->NextPacket(packet) || !BeginsWith(packet, "OpusTags")) throw OggError("the comments are missing");
}

OggOpusReader::~OggOpusReader() = default;
OggOpusReader::OggOpusReader(OggOpusReader&&) noexcept = default;
OggOpusReader& OggOpusReader::operator=(OggOpusReader&&) noexcept = default;

const OpusHead& OggOpusReader::head() const noexcept { return impl_->head; }

std::optional<OpusPacket> OggOpusReader::Next() {
  if (impl_->failure) throw *impl_->failure;
  ogg_packet packet;
  if (!impl_->NextPacket(packet)) {
    if (impl_->granule > impl_->samples) impl_->Fail("there is less sound in it than it says");
    return std::nullopt;
  }
  const int samples = opus_packet_get_nb_samples(packet.packet, static_cast<opus_int32>(packet.bytes),
                                                 static_cast<opus_int32>(kOpusRate));
  std::array<opus_int16, 48> sizes;  // of its frames; only whether they fit the packet matters here
  const int frames =
      opus_packet_parse(packet.packet, static_cast<opus_int32>(packet.bytes), nullptr, nullptr, sizes.data(), nullptr);
  if (samples <= 0 || frames <= 0) impl_->Fail("a packet of page " + std::to_string(impl_->pages) + " is not Opus");
  impl_->samples += samples;
  return OpusPacket{{packet.packet, static_cast<std::size_t>(packet.bytes)}, samples};
}

std::chrono::milliseconds OggOpusReader::position() const noexcept { return Heard(impl_->samples, impl_->head); }

OggOpusFacts MeasureOggOpus(const std::filesystem::path& file) {
  OggOpusReader reader(file);
  OggOpusFacts facts{.head = reader.head()};
  while (const auto packet = reader.Next()) {
    ++facts.packets;
    facts.all_20_ms = facts.all_20_ms && packet->samples == kFrameSamples;
  }
  facts.length = Heard(reader.impl_->granule, facts.head);
  return facts;
}

}  // namespace disruptor::music
