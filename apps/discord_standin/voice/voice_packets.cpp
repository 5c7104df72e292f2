// What the voice server does with UDP packets.
#include <algorithm>

#include "apps/discord_standin/voice/voice_server.hpp"

namespace standin {
namespace {

/// IP discovery: type, length of the rest, ssrc, address as text, port.
constexpr std::size_t kDiscoverySize = 74;
constexpr std::size_t kAddressAt = 8;
constexpr std::size_t kPortAt = 72;
constexpr std::array<std::uint8_t, 4> kDiscoveryRequest{0, 1, 0, 70};
/// What clients send to keep the way through a router open; it comes back as it is.
constexpr std::size_t kKeepAliveSize = 8;

bool IsDiscovery(Bytes packet) {
  return packet.size() == kDiscoverySize &&
         std::equal(kDiscoveryRequest.begin(), kDiscoveryRequest.end(), packet.begin());
}

std::uint32_t SsrcAt4(Bytes packet) {
  std::uint32_t ssrc = 0;
  for (std::size_t i = 4; i < 8; ++i) ssrc = ssrc << 8U | packet[i];
  return ssrc;
}

std::vector<std::uint8_t> DiscoveryAnswer(Bytes request, const VoiceServer::Peer& from) {
  std::vector<std::uint8_t> answer(request.begin(), request.end());
  answer[1] = 2;
  std::fill(answer.begin() + kAddressAt, answer.end(), std::uint8_t{0});
  const std::string address = from.address().to_string();
  std::copy_n(address.begin(), std::min(address.size(), kPortAt - kAddressAt - 1), answer.begin() + kAddressAt);
  answer[kPortAt] = static_cast<std::uint8_t>(from.port() >> 8U);
  answer[kPortAt + 1] = static_cast<std::uint8_t>(from.port() & 0xFFU);
  return answer;
}

bool IsRtcp(Bytes packet) { return packet.size() >= 8 && packet[0] >> 6U == 2 && packet[1] >= 200 && packet[1] <= 204; }

}  // namespace

VoiceSession* VoiceServer::FindBySsrc(std::uint32_t ssrc) const {
  const auto found = by_ssrc_.find(ssrc);
  return found == by_ssrc_.end() ? nullptr : found->second;
}

std::optional<std::vector<std::uint8_t>> VoiceServer::ReceivedPacket(const Peer& from, Bytes packet,
                                                                     TimePoint arrived) {
  if (packet.size() == kKeepAliveSize) return std::vector<std::uint8_t>(packet.begin(), packet.end());
  if (IsDiscovery(packet)) {
    if (FindBySsrc(SsrcAt4(packet)) != nullptr) return DiscoveryAnswer(packet, from);
    ledger_.VoiceStray();
    return std::nullopt;
  }
  if (!IsRtcp(packet)) ReceivedRtp(from, packet, arrived);
  return std::nullopt;
}

void VoiceServer::ReceivedRtp(const Peer& from, Bytes bytes, TimePoint arrived) {
  const auto packet = ParseRtp(bytes);
  VoiceSession* session = packet ? FindBySsrc(packet->ssrc) : nullptr;
  if (session == nullptr) return ledger_.VoiceStray();
  const bool is_open = session->cipher && session->cipher->Open(bytes, packet->header_size, plaintext_);
  const auto audio = is_open ? AudioOf(*packet, plaintext_) : std::nullopt;
  if (!audio) {
    // Somebody else's packet with a guessed ssrc says nothing about the bot.
    const bool is_peers = !session->peer || *session->peer == from;
    return is_peers ? void(++session->heard->counts().undecryptable) : ledger_.VoiceStray();
  }
  session->peer = from;
  Hear(*session, *packet, *audio, arrived);
}

void VoiceServer::Hear(VoiceSession& session, const RtpPacket& packet, Bytes audio, TimePoint arrived) {
  VoiceCounts& counts = session.heard->counts();
  const RtpSequence::Result result = session.sequence.Add(packet.sequence);
  if (result.arrival == RtpSequence::Arrival::kDuplicate) {
    ++counts.duplicates;
    return;
  }
  counts.lost += static_cast<std::uint64_t>(result.newly_lost);  // One less where a late one came: unsigned wraps.
  if (result.arrival == RtpSequence::Arrival::kLate) ++counts.late;
  if (faults_.TakeUdpLoss(session.guild_id)) {
    ++counts.ignored;
    return;
  }
  session.heard->Add(packet, result.position, audio, arrived);
}

}  // namespace standin
