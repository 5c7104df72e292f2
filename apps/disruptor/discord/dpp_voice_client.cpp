#include "apps/disruptor/discord/dpp_voice_client.hpp"

#include <nlohmann/json.hpp>
#include <utility>

namespace disruptor {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Opcodes of Discord's voice gateway, version 8.
constexpr int kReady = 2;
constexpr int kSessionDescription = 4;
constexpr int kSpeaking = 5;

// From the first byte to the session description; D++ itself has no limit after the TLS handshake began.
constexpr seconds kConnectLimit{10};
// In a group of one there is no transition that would end with keys.
constexpr seconds kDaveLimit{3};
// Heartbeats are sent after three quarters of the interval, and answered at once.
constexpr int kSilentHeartbeats = 3;

// The UDP socket is private. An explicit instantiation may name it all the same ([temp.spec.general]).
template <auto kMember>
struct Reveal {
  friend dpp::socket& UdpSocketOf(dpp::discord_voice_client& client) { return client.*kMember; }
};
dpp::socket& UdpSocketOf(dpp::discord_voice_client& client);
template struct Reveal<&dpp::discord_voice_client::fd>;

std::string WithPort(const std::string& endpoint) {
  return endpoint.find(':') == std::string::npos ? endpoint + ":443" : endpoint;
}

}  // namespace

DppVoiceClient::DppVoiceClient(dpp::cluster& bot, const VoiceCredentials& credentials, bool dave, Callbacks callbacks)
    : dpp::discord_voice_client(
          &bot, [](bool) {}, credentials.channel, credentials.guild, credentials.token, credentials.session_id,
          WithPort(credentials.endpoint), dave),
      callbacks_(std::move(callbacks)),
      made_(steady_clock::now()),
      last_frame_(made_) {
  set_send_audio_type(satype_live_audio);  // What little D++ sends by itself is sent without sleeping.
  run();
}

bool DppVoiceClient::ready() {
  if (!ready_ || lost_) return false;
  flushed_ = flushed_ || !is_playing();
  return flushed_;
}

void DppVoiceClient::SendFrame(std::span<const std::uint8_t> opus, std::int64_t samples) {
  constexpr std::int64_t kSamplesAMillisecond = 48;
  send_audio_opus(opus.data(), opus.size(), static_cast<std::uint64_t>(samples / kSamplesAMillisecond),
                  /*send_now=*/true);
}

dpp::socket DppVoiceClient::udp_socket() noexcept { return UdpSocketOf(*this); }

bool DppVoiceClient::handle_frame(const std::string& data, dpp::ws_opcode opcode) {
  last_frame_ = steady_clock::now();
  const bool goes_on = dpp::discord_voice_client::handle_frame(data, opcode);
  if (!ready_ && opcode == dpp::OP_TEXT) ReadDescription(data);
  if (!ready_ && is_ready() && (dave_version_ == 0 || is_end_to_end_encrypted())) BecomeReady();
  return goes_on;
}

void DppVoiceClient::ReadDescription(const std::string& data) {
  const auto json = nlohmann::json::parse(data, nullptr, false);
  if (!json.is_object() || !json.contains("d") || !json["d"].is_object()) return;
  const int opcode = json.value("op", -1);
  if (opcode == kReady) ssrc_ = json["d"].value("ssrc", std::uint64_t{0});
  if (opcode != kSessionDescription) return;
  const auto version = json["d"].find("dave_protocol_version");
  dave_version_ = version != json["d"].end() && version->is_number_integer() ? version->get<int>() : 0;
  described_ = last_frame_;
}

void DppVoiceClient::BecomeReady() {
  ready_ = true;
  // Before any sound, or Discord may not take it. D++ says it too, but up to a second later.
  write(nlohmann::json{{"op", kSpeaking}, {"d", {{"speaking", 1}, {"delay", 0}, {"ssrc", ssrc_}}}}.dump(),
        dpp::OP_TEXT);
  callbacks_.on_ready();
}

void DppVoiceClient::error(std::uint32_t code) {
  close_code_ = code;
  close();
}

void DppVoiceClient::on_disconnect() { Lose(close_code_); }

void DppVoiceClient::one_second_timer() {
  dpp::discord_voice_client::one_second_timer();
  const auto now = steady_clock::now();
  if (!ready_ && is_ready() && now - described_ >= kDaveLimit) BecomeReady();
  const bool too_slow = !is_ready() && now - made_ >= kConnectLimit;
  // D++ looks at no answers, and may not notice that a connection was closed in order.
  const bool silent =
      heartbeat_interval > 0 && now - last_frame_ >= milliseconds(heartbeat_interval) * kSilentHeartbeats;
  if (too_slow || silent) Lose(0);
}

void DppVoiceClient::log(dpp::loglevel severity, const std::string& text) const {
  // Traces hold every message, and so the session's token.
  if (severity == dpp::ll_trace) return;
  // That somebody in the channel cannot be encrypted for is no error of ours.
  const bool is_downgrade = text.starts_with("We requested DAVE E2EE but didn't receive it");
  dpp::discord_voice_client::log(is_downgrade ? dpp::ll_debug : severity, text);
}

void DppVoiceClient::Lose(unsigned close_code) {
  if (std::exchange(lost_, true)) return;
  callbacks_.on_lost(close_code);
}

}  // namespace disruptor
