#include "apps/discord_standin/voice/udp_server.hpp"

#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstring>
#include <ctime>
#include <stdexcept>

#include <boost/asio/ip/udp.hpp>

namespace standin {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Udp = asio::ip::udp;
using std::chrono::steady_clock;

constexpr std::size_t kBatch = 64;
constexpr std::size_t kLargestPacket = 2'048;
constexpr int kBufferBytes = 8 * 1024 * 1024;  // As much of it as the kernel allows.

Udp::socket Bind(asio::io_context& io, const Config& config) {
  const std::string where = config.address + ":" + std::to_string(config.voice_port);
  try {
    Udp::socket socket(io, Udp::endpoint(asio::ip::make_address(config.address), config.voice_port));
    socket.non_blocking(true);
    socket.set_option(asio::socket_base::receive_buffer_size(kBufferBytes));
    const int yes = 1;
    ::setsockopt(socket.native_handle(), SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
    return socket;
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot receive voice on UDP " + where + ": " + error.code().message());
  }
}

/// The buffers of one recvmmsg.
class Batch {
 public:
  Batch() {
    for (std::size_t i = 0; i < kBatch; ++i) {
      parts_[i] = {.iov_base = packets_[i].data(), .iov_len = kLargestPacket};
    }
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  /// How many packets were waiting, at most kBatch.
  std::size_t Receive(int socket) {
    for (std::size_t i = 0; i < kBatch; ++i) {
      messages_[i] = {};
      msghdr& header = messages_[i].msg_hdr;
      header.msg_name = peers_[i].data();
      header.msg_namelen = static_cast<socklen_t>(peers_[i].capacity());
      header.msg_iov = &parts_[i];
      header.msg_iovlen = 1;
      header.msg_control = controls_[i].data();
      header.msg_controllen = controls_[i].size();
    }
    const int count = ::recvmmsg(socket, messages_.data(), kBatch, MSG_DONTWAIT, nullptr);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }

  [[nodiscard]] Bytes Packet(std::size_t i) const { return {packets_[i].data(), messages_[i].msg_len}; }

  const Udp::endpoint& From(std::size_t i) {
    peers_[i].resize(messages_[i].msg_hdr.msg_namelen);
    return peers_[i];
  }

  /// How long ago the kernel took it in.
  [[nodiscard]] std::chrono::nanoseconds Age(std::size_t i, timespec now) {
    msghdr& header = messages_[i].msg_hdr;
    for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr; control = CMSG_NXTHDR(&header, control)) {
      if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) continue;
      timespec then{};
      std::memcpy(&then, CMSG_DATA(control), sizeof then);
      const auto age =
          std::chrono::seconds(now.tv_sec - then.tv_sec) + std::chrono::nanoseconds(now.tv_nsec - then.tv_nsec);
      // Somebody may have set the clock.
      return age > std::chrono::nanoseconds(0) && age < std::chrono::seconds(10) ? age : std::chrono::nanoseconds(0);
    }
    return std::chrono::nanoseconds(0);
  }

 private:
  struct alignas(cmsghdr) Control : std::array<std::uint8_t, CMSG_SPACE(sizeof(timespec))> {};

  std::array<std::array<std::uint8_t, kLargestPacket>, kBatch> packets_;
  std::array<iovec, kBatch> parts_{};
  std::array<Udp::endpoint, kBatch> peers_;
  std::array<Control, kBatch> controls_{};
  std::array<mmsghdr, kBatch> messages_{};
};

}  // namespace

class UdpServer::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::io_context& io, const Config& config) : socket_(Bind(io, config)) {}

  std::uint16_t port() const { return socket_.local_endpoint().port(); }

  void Wait(VoiceServer& voice) {
    socket_.async_wait(Udp::socket::wait_read, [self = shared_from_this(), &voice](error_code error) {
      if (error) return;
      self->Read(voice);
      self->Wait(voice);
    });
  }

  void Close() {
    error_code ignored;
    socket_.close(ignored);
  }

 private:
  /// One batch a turn, so that a flood of packets leaves room for everything else that this thread does.
  void Read(VoiceServer& voice) {
    const std::size_t count = batch_.Receive(socket_.native_handle());
    const auto steady = steady_clock::now();
    timespec system{};
    ::clock_gettime(CLOCK_REALTIME, &system);
    for (std::size_t i = 0; i < count; ++i) {
      const auto answer = voice.ReceivedPacket(batch_.From(i), batch_.Packet(i), steady - batch_.Age(i, system));
      error_code ignored;
      if (answer) socket_.send_to(asio::buffer(*answer), batch_.From(i), 0, ignored);
    }
  }

  Udp::socket socket_;
  Batch batch_;
};

UdpServer::UdpServer(asio::io_context& io, const Config& config) : impl_(std::make_shared<Impl>(io, config)) {}

UdpServer::~UdpServer() { impl_->Close(); }

std::uint16_t UdpServer::port() const { return impl_->port(); }

void UdpServer::Serve(VoiceServer& voice) { impl_->Wait(voice); }

}  // namespace standin
