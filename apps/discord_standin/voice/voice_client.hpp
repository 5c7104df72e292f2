#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "apps/discord_standin/voice/rtp_sender.hpp"
#include "apps/discord_standin/websocket_client.hpp"

namespace standin {

/// For tests and load: a voice client of our own over real sockets, from hello to the session description.
class VoiceClient {
 public:
  /// `identify`: the data of op 0.
  VoiceClient(std::uint16_t port, const std::string& ca_file, const Json& identify,
              VoiceMode mode = VoiceMode::kAes256Gcm)
      : websocket(port, ca_file, "c-standin.discord.media", "/?v=8") {
    hello = websocket.ReadOp(8)["d"];
    websocket.Say(0, identify);
    ready = websocket.ReadOp(2)["d"];
    server_ = {boost::asio::ip::make_address(ready["ip"].get<std::string>()), ready["port"].get<std::uint16_t>()};
    udp_.open(server_.protocol());
    udp_.bind({boost::asio::ip::make_address("127.0.0.1"), 0});
    websocket.Say(1, {{"protocol", "udp"},
                      {"data",
                       {{"address", "127.0.0.1"},
                        {"port", udp_.local_endpoint().port()},
                        {"mode", kVoiceModes[static_cast<std::size_t>(mode)]}}}});
    description = websocket.ReadOp(4)["d"];
    sender = std::make_unique<RtpSender>(ready["ssrc"].get<std::uint32_t>(), mode,
                                         description["secret_key"].get<VoiceKey>());
  }

  void SendUdp(Bytes packet) { udp_.send_to(boost::asio::buffer(packet.data(), packet.size()), server_); }
  void SendFrame(Bytes opus) { SendUdp(sender->Next(opus)); }

  std::vector<std::uint8_t> ReceiveUdp() {
    std::vector<std::uint8_t> packet(2'048);
    packet.resize(udp_.receive(boost::asio::buffer(packet)));
    return packet;
  }

  [[nodiscard]] std::uint16_t udp_port() const { return udp_.local_endpoint().port(); }

  WebsocketClient websocket;
  Json hello;
  Json ready;
  Json description;
  std::unique_ptr<RtpSender> sender;

 private:
  boost::asio::io_context io_;
  boost::asio::ip::udp::socket udp_{io_};
  boost::asio::ip::udp::endpoint server_;
};

}  // namespace standin
