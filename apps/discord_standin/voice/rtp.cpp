#include "apps/discord_standin/voice/rtp.hpp"

namespace standin {
namespace {

constexpr std::size_t kFixedHeader = 12;
constexpr std::size_t kWord = 4;
constexpr std::int64_t kLongestJump = 3'000;
constexpr std::int64_t kWindow = 64;
constexpr std::uint64_t kWrap = 0x10000;

std::uint32_t Read16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint32_t>(bytes[at] << 8U) | bytes[at + 1];
}

std::uint32_t Read32(Bytes bytes, std::size_t at) { return Read16(bytes, at) << 16U | Read16(bytes, at + 2); }

/// Payload types that RTCP's packet types 200 to 204 look like (RFC 5761, section 4).
bool IsRtcp(std::uint8_t payload_type) { return payload_type >= 72 && payload_type <= 76; }

}  // namespace

std::optional<RtpPacket> ParseRtp(Bytes packet) {
  if (packet.size() < kFixedHeader || packet[0] >> 6U != 2) return std::nullopt;
  RtpPacket result;
  result.padded = (packet[0] & 0x20U) != 0;
  result.payload_type = packet[1] & 0x7FU;
  if (IsRtcp(result.payload_type)) return std::nullopt;
  result.sequence = static_cast<std::uint16_t>(Read16(packet, 2));
  result.timestamp = Read32(packet, 4);
  result.ssrc = Read32(packet, 8);
  result.header_size = kFixedHeader + (packet[0] & 0x0FU) * kWord;
  if ((packet[0] & 0x10U) != 0) {
    if (packet.size() < result.header_size + kWord) return std::nullopt;
    result.extension_size = Read16(packet, result.header_size + 2) * kWord;
    result.header_size += kWord;
  }
  if (packet.size() < result.header_size) return std::nullopt;
  return result;
}

std::optional<Bytes> AudioOf(const RtpPacket& packet, Bytes plaintext) {
  if (plaintext.size() < packet.extension_size) return std::nullopt;
  Bytes audio = plaintext.subspan(packet.extension_size);
  if (!packet.padded) return audio;
  if (audio.empty() || audio.back() == 0 || audio.back() > audio.size()) return std::nullopt;
  return audio.first(audio.size() - audio.back());
}

void RtpSequence::Begin(std::uint16_t sequence) {
  // One turn of the counter ahead, so that a packet from before the first has a position too.
  newest_ = begun_ ? (newest_ / kWrap + 2) * kWrap + sequence : kWrap + sequence;
  oldest_ = newest_;
  seen_ = 1;
  begun_ = true;
}

RtpSequence::Result RtpSequence::Add(std::uint16_t sequence) {
  const std::int64_t ahead = static_cast<std::int16_t>(sequence - static_cast<std::uint16_t>(newest_));
  if (!begun_ || ahead > kLongestJump || ahead < -kLongestJump) {
    Begin(sequence);
    return {Arrival::kInOrder, newest_, 0};
  }
  if (ahead > 0) {
    newest_ += static_cast<std::uint64_t>(ahead);
    seen_ = ahead < kWindow ? seen_ << static_cast<unsigned>(ahead) | 1U : 1U;
    return {Arrival::kInOrder, newest_, ahead - 1};
  }
  const std::uint64_t position = newest_ - static_cast<std::uint64_t>(-ahead);
  // Nobody knows any more whether it came before; taking it for a repetition counts nothing twice.
  if (-ahead >= kWindow) return {Arrival::kDuplicate, position, 0};
  const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(-ahead);
  if ((seen_ & bit) != 0) return {Arrival::kDuplicate, position, 0};
  seen_ |= bit;
  if (position > oldest_) return {Arrival::kLate, position, -1};
  const std::uint64_t between = oldest_ - position - 1;
  oldest_ = position;
  return {Arrival::kLate, position, static_cast<std::int64_t>(between)};
}

}  // namespace standin
