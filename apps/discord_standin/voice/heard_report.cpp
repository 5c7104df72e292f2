#include "apps/discord_standin/voice/heard_report.hpp"

#include <ogg/ogg.h>
#include <opus/opus.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "apps/discord_standin/voice/tone.hpp"

namespace standin {
namespace {

constexpr int kSampleRate = 48'000;
constexpr int kChannels = 2;
constexpr int kLongestFrame = 5'760;  ///< Samples in 120 ms, the longest that Opus has.
constexpr std::chrono::milliseconds kPause{200};
constexpr std::chrono::milliseconds kLongestPause{5'000};
constexpr double kQuietest = 1e-6;

class Decoder {
 public:
  Decoder() : decoder_(opus_decoder_create(kSampleRate, kChannels, nullptr), opus_decoder_destroy) {
    if (!decoder_) throw std::runtime_error("no Opus decoder");
  }

  /// Appends the frame's samples, left and right in turn; nothing for one that is no Opus.
  void Append(const HeardFrame& frame, std::vector<float>& samples) {
    const std::size_t size = samples.size();
    samples.resize(size + std::size_t{kLongestFrame} * kChannels);
    const int decoded = opus_decode_float(decoder_.get(), frame.opus.data(), static_cast<opus_int32>(frame.opus.size()),
                                          samples.data() + size, kLongestFrame, 0);
    samples.resize(size + static_cast<std::size_t>(std::max(decoded, 0)) * kChannels);
  }

 private:
  std::unique_ptr<OpusDecoder, decltype(&opus_decoder_destroy)> decoder_;
};

std::vector<float> Mono(const std::vector<float>& stereo) {
  std::vector<float> mono(stereo.size() / kChannels);
  for (std::size_t i = 0; i < mono.size(); ++i) mono[i] = (stereo[kChannels * i] + stereo[kChannels * i + 1]) / 2;
  return mono;
}

Json DescribeSegment(const Heard& heard, const HeardSegment& segment) {
  Decoder decoder;
  std::vector<float> stereo;
  for (const HeardFrame& frame : heard.frames) {
    if (frame.segment == segment.number && !frame.is_silence) decoder.Append(frame, stereo);
  }
  const Tone tone = MeasureTone(Mono(stereo), kSampleRate);
  const auto seconds = [](auto time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); };
  return {{"number", segment.number},
          {"started_at", seconds(segment.started)},
          {"ended_at", seconds(segment.ended)},
          {"frames", segment.frames},
          {"duration_seconds", static_cast<double>(segment.samples) / kSampleRate},
          {"analysed_seconds", static_cast<double>(stereo.size()) / kChannels / kSampleRate},
          {"rms", tone.rms},
          {"level_dbfs", 20 * std::log10(std::max(tone.rms, kQuietest))},
          {"frequency_hz", tone.frequency},
          {"purity", tone.purity}};
}

void AppendLittleEndian(std::string& bytes, std::uint64_t value, unsigned count) {
  for (unsigned i = 0; i < count; ++i) bytes.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
}

std::vector<float> DecodeWindow(const Heard& heard) {
  Decoder decoder;
  std::vector<float> samples;
  const HeardFrame* last = nullptr;
  for (const HeardFrame& frame : heard.frames) {
    if (last != nullptr && frame.arrived - last->arrived > kPause) {
      const auto pause = std::min<std::chrono::steady_clock::duration>(frame.arrived - last->arrived, kLongestPause);
      const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(pause).count();
      samples.resize(samples.size() + static_cast<std::size_t>(ms) * (kSampleRate / 1'000) * kChannels);
    }
    decoder.Append(frame, samples);
    last = &frame;
  }
  return samples;
}

class OggWriter {
 public:
  OggWriter() { ogg_stream_init(&stream_, 1); }
  ~OggWriter() { ogg_stream_clear(&stream_); }
  OggWriter(const OggWriter&) = delete;
  OggWriter& operator=(const OggWriter&) = delete;

  void Put(const void* data, std::size_t size, std::int64_t granule, bool is_last) {
    ogg_packet packet{};
    packet.packet = static_cast<unsigned char*>(const_cast<void*>(data));  // libogg only reads it
    packet.bytes = static_cast<long>(size);
    packet.b_o_s = number_ == 0 ? 1 : 0;
    packet.e_o_s = is_last ? 1 : 0;
    packet.granulepos = granule;
    packet.packetno = number_++;
    ogg_stream_packetin(&stream_, &packet);
    ogg_page page;
    while (ogg_stream_pageout(&stream_, &page) != 0) Append(page);
  }

  /// Both headers begin a page of their own (RFC 7845, section 3).
  void EndPage() {
    ogg_page page;
    while (ogg_stream_flush(&stream_, &page) != 0) Append(page);
  }

  std::string Take() { return std::move(file_); }

 private:
  void Append(const ogg_page& page) {
    file_.append(reinterpret_cast<const char*>(page.header), static_cast<std::size_t>(page.header_len));
    file_.append(reinterpret_cast<const char*>(page.body), static_cast<std::size_t>(page.body_len));
  }

  ogg_stream_state stream_{};
  std::int64_t number_ = 0;
  std::string file_;
};

}  // namespace

Json DescribeHeard(const Heard& heard) {
  Json json = heard.facts;
  json["segments"] = Json::array();
  for (const HeardSegment& segment : heard.segments) json["segments"].push_back(DescribeSegment(heard, segment));
  return json;
}

std::string HeardAsWav(const Heard& heard) {
  constexpr unsigned kBytesPerSample = 2;
  constexpr unsigned kHeaderAfterSize = 36;
  const std::vector<float> samples = DecodeWindow(heard);
  const std::uint64_t size = samples.size() * kBytesPerSample;
  std::string file = "RIFF";
  AppendLittleEndian(file, kHeaderAfterSize + size, 4);
  file += "WAVEfmt ";
  AppendLittleEndian(file, 16, 4);  // bytes of this chunk
  AppendLittleEndian(file, 1, 2);   // PCM
  AppendLittleEndian(file, kChannels, 2);
  AppendLittleEndian(file, kSampleRate, 4);
  AppendLittleEndian(file, std::uint64_t{kSampleRate} * kChannels * kBytesPerSample, 4);
  AppendLittleEndian(file, kChannels * kBytesPerSample, 2);
  AppendLittleEndian(file, 8 * kBytesPerSample, 2);
  file += "data";
  AppendLittleEndian(file, size, 4);
  for (const float sample : samples) {
    const auto value = static_cast<std::int16_t>(std::lround(std::clamp(sample, -1.0F, 1.0F) * 32'767.0F));
    AppendLittleEndian(file, static_cast<std::uint16_t>(value), kBytesPerSample);
  }
  return file;
}

std::string HeardAsOgg(const Heard& heard) {
  std::string head = "OpusHead";
  AppendLittleEndian(head, 1, 1);  // version
  AppendLittleEndian(head, kChannels, 1);
  AppendLittleEndian(head, 0, 2);  // samples to skip
  AppendLittleEndian(head, kSampleRate, 4);
  AppendLittleEndian(head, 0, 3);  // gain and channel mapping
  constexpr std::string_view kVendor = "discord-standin";
  std::string tags = "OpusTags";
  AppendLittleEndian(tags, kVendor.size(), 4);
  tags += kVendor;
  AppendLittleEndian(tags, 0, 4);  // comments

  OggWriter writer;
  writer.Put(head.data(), head.size(), 0, false);
  writer.EndPage();
  writer.Put(tags.data(), tags.size(), 0, heard.frames.empty());
  writer.EndPage();
  std::int64_t granule = 0;
  for (const HeardFrame& frame : heard.frames) {
    granule += frame.samples;
    writer.Put(frame.opus.data(), frame.opus.size(), granule, &frame == &heard.frames.back());
  }
  writer.EndPage();
  return writer.Take();
}

}  // namespace standin
