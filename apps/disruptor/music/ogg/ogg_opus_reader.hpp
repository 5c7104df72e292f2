#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

namespace disruptor::music {

/// Opus counts in 48 kHz, whatever the sound was recorded with (RFC 7845, section 4).
inline constexpr std::int64_t kOpusRate = 48'000;
/// Samples (of each channel) of a packet of 20 ms.
inline constexpr std::int64_t kFrameSamples = 960;

/// The file is not what it should be: damaged, cut off, something else, or it cannot be read. The text names no path.
class OggError : public std::runtime_error {
 public:
  explicit OggError(const std::string& what, bool damaged = true) : std::runtime_error(what), damaged_(damaged) {}
  /// False when the file could not be read, which says nothing about what is in it.
  [[nodiscard]] bool damaged() const noexcept { return damaged_; }

 private:
  bool damaged_;
};

/// What the first packet of the stream says (RFC 7845, section 5.1).
struct OpusHead {
  int channels = 0;                     ///< 1 or 2.
  std::int64_t pre_skip = 0;            ///< Samples at the beginning that are not to be heard.
  std::uint32_t input_sample_rate = 0;  ///< Of what was encoded; for information only.
  int gain = 0;                         ///< In 1/256 dB, to be applied by whoever decodes.
};

struct OpusPacket {
  std::span<const std::uint8_t> data;  ///< Until the next call of Next.
  std::int64_t samples = 0;            ///< At 48 kHz, of each channel: 960 are 20 ms. 120 to 5,760.
};

struct OggOpusFacts;

/// Gives the Opus packets of an Ogg Opus file, one after the other, without decoding them. The headers are read and
/// checked when it is made. All packets are given, also those that lie before the pre-skip: a decoder needs them to
/// find its feet.
///
/// Strict, because what it reads is what ffmpeg wrote for us: exactly one logical stream, each page whole and in its
/// place, an end that is marked as the end and nothing behind it. Every truncation and every changed byte is found. Not
/// for files from elsewhere that only have to be played somehow.
///
/// Cost: reads 16 KiB at a time, which may wait for the disk; memory of about two pages (65 KB each).
/// Threads: one at a time. Lifetime: nothing borrowed; goes on when the file is removed meanwhile.
class OggOpusReader {
 public:
  /// Throws OggError.
  explicit OggOpusReader(const std::filesystem::path& file);
  ~OggOpusReader();
  OggOpusReader(OggOpusReader&&) noexcept;
  OggOpusReader& operator=(OggOpusReader&&) noexcept;

  [[nodiscard]] const OpusHead& head() const noexcept;

  /// The next packet; nothing at the end. Throws OggError at damage, and then again at every call.
  [[nodiscard]] std::optional<OpusPacket> Next();

  /// How much of the sound the packets hold that were given so far, without the pre-skip.
  [[nodiscard]] std::chrono::milliseconds position() const noexcept;

 private:
  friend OggOpusFacts MeasureOggOpus(const std::filesystem::path& file);
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// What a whole file holds.
struct OggOpusFacts {
  OpusHead head;
  std::chrono::milliseconds length{0};  ///< Of what is to be heard: by the last granule position, without the pre-skip.
  std::uint64_t packets = 0;
  bool all_20_ms = true;  ///< Every packet is one of 960 samples.
};

/// Reads the file to its end. Throws OggError. Cost: that of reading it; about 1 GB/s from memory.
[[nodiscard]] OggOpusFacts MeasureOggOpus(const std::filesystem::path& file);

}  // namespace disruptor::music
