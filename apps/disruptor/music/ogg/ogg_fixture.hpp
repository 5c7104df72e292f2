#pragma once

#include <ogg/ogg.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace disruptor::music {

/// 20 ms of silence for two channels: CELT, full band, one frame.
inline const std::string kSilentPacket{"\xFC\xFF\xFE", 3};

[[nodiscard]] inline std::string MakeOpusHead(int channels = 2, int pre_skip = 312, int version = 1, int mapping = 0) {
  std::string head = "OpusHead";
  head += static_cast<char>(version);
  head += static_cast<char>(channels);
  head += static_cast<char>(pre_skip & 0xFF);
  head += static_cast<char>(pre_skip >> 8);
  head += std::string("\x80\xBB\0\0", 4);
  head += std::string(2, '\0');
  head += static_cast<char>(mapping);
  return head;
}

[[nodiscard]] inline std::string MakeOpusTags() { return "OpusTags" + std::string(8, '\0'); }

/// Writes the pages of one logical stream, rightly or wrongly.
class OggWriter {
 public:
  explicit OggWriter(int serial = 7) { ogg_stream_init(&stream_, serial); }
  ~OggWriter() { ogg_stream_clear(&stream_); }
  OggWriter(const OggWriter&) = delete;
  OggWriter& operator=(const OggWriter&) = delete;

  /// A page of its own for each packet, as long as it fits one.
  void Write(std::string packet, std::int64_t granule, bool last = false) {
    ogg_packet raw{.packet = reinterpret_cast<unsigned char*>(packet.data()),
                   .bytes = static_cast<long>(packet.size()),
                   .b_o_s = count_ == 0,
                   .e_o_s = last,
                   .granulepos = granule,
                   .packetno = count_++};
    ogg_stream_packetin(&stream_, &raw);
    ogg_page page;
    while (ogg_stream_flush(&stream_, &page) != 0) {
      bytes_.append(reinterpret_cast<const char*>(page.header), static_cast<std::size_t>(page.header_len));
      bytes_.append(reinterpret_cast<const char*>(page.body), static_cast<std::size_t>(page.body_len));
    }
  }

  [[nodiscard]] const std::string& bytes() const noexcept { return bytes_; }

 private:
  ogg_stream_state stream_{};
  std::int64_t count_ = 0;
  std::string bytes_;
};

/// A whole file of silence, a page for each 20 ms.
[[nodiscard]] inline std::string MakeOggOpus(int packets = 5, int pre_skip = 312) {
  OggWriter writer;
  writer.Write(MakeOpusHead(2, pre_skip), 0);
  writer.Write(MakeOpusTags(), 0);
  for (int i = 1; i <= packets; ++i) writer.Write(kSilentPacket, i * 960, i == packets);
  return writer.bytes();
}

inline void WriteFile(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << bytes;
  if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

[[nodiscard]] inline std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A folder that is removed at the end of the test.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "disruptor-music-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
    path_ = pattern;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

/// Runs ffmpeg with these arguments. Throws when it fails.
inline void RunFfmpeg(const std::string& arguments) {
  if (std::system(("ffmpeg -nostdin -v error -y " + arguments).c_str()) != 0) {
    throw std::runtime_error("ffmpeg " + arguments);
  }
}

/// A tone as ffmpeg makes Ogg Opus of it.
inline void MakeTone(const std::filesystem::path& path, double seconds) {
  RunFfmpeg("-f lavfi -i sine=frequency=440:duration=" + std::to_string(seconds) +
            " -ac 2 -c:a libopus -b:a 96k -frame_duration 20 " + path.string());
}

}  // namespace disruptor::music
