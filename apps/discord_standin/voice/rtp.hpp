#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace standin {

using Bytes = std::span<const std::uint8_t>;

/// The parts of an RTP packet (RFC 3550, section 5.1) as Discord's `_rtpsize` modes cut it: the fixed header, the
/// contributing sources and the extension's four-byte preamble are plain and authenticated; what follows is encrypted,
/// the extension's own bytes first.
struct RtpPacket {
  bool padded = false;  ///< The last byte of the plaintext says how many bytes to cut off its end.
  std::uint8_t payload_type = 0;
  std::uint16_t sequence = 0;
  std::uint32_t timestamp = 0;  ///< Samples at 48 kHz.
  std::uint32_t ssrc = 0;
  std::size_t header_size = 0;     ///< Bytes that are plain and authenticated.
  std::size_t extension_size = 0;  ///< Bytes of the plaintext before the audio.
};

/// Nothing when it is too short, of another version, or RTCP.
[[nodiscard]] std::optional<RtpPacket> ParseRtp(Bytes packet);

/// The audio within a decrypted payload: without the extension and the padding; nothing when they do not fit.
[[nodiscard]] std::optional<Bytes> AudioOf(const RtpPacket& packet, Bytes plaintext);

/// Tells in what order the packets of one source came.
///
/// A gap counts as lost until the packet comes after all, within 64 packets of the newest; a jump of more than 3,000
/// either way is a source that began anew (RFC 3550, appendix A.1).
/// Cost: a few instructions a packet. Threads: one.
class RtpSequence {
 public:
  enum class Arrival { kInOrder, kLate, kDuplicate };
  struct Result {
    Arrival arrival = Arrival::kInOrder;
    std::uint64_t position = 0;  ///< Counts on where the 16-bit number wraps.
    /// -1: one that had counted as lost came after all. A packet from before the first makes what lies between lost.
    std::int64_t newly_lost = 0;
  };

  Result Add(std::uint16_t sequence);

 private:
  void Begin(std::uint16_t sequence);

  bool begun_ = false;
  std::uint64_t oldest_ = 0;
  std::uint64_t newest_ = 0;
  std::uint64_t seen_ = 0;  ///< Bit i: newest_ - i has come.
};

}  // namespace standin
