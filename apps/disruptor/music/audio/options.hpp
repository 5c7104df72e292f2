#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

namespace disruptor::music {

/// How audio is fetched, converted and kept.
struct AudioOptions {
  /// Made when it is missing; of this process alone.
  std::filesystem::path cache_directory = "cache";
  std::uint64_t cache_max_bytes = 4ULL << 30;      ///< At least 1 MiB. Of the finished files.
  std::uint64_t cache_min_free_bytes = 256 << 20;  ///< What stays free on the filesystem; 0: nothing has to.
  std::chrono::hours cache_orphan_grace{1};        ///< How long a file that the index does not know is left alone.
  std::chrono::hours cache_forget_after{90 * 24};  ///< Rows of other folders, unused for so long, go. At least a day.

  std::string yt_dlp = "yt-dlp";  ///< A program in PATH, or its path.
  std::string ffmpeg = "ffmpeg";  ///< Likewise.

  std::chrono::milliseconds max_length{3 * 3600'000};  ///< Of a track. At least a second.
  std::uint64_t max_download_bytes = 512ULL << 20;     ///< At least 1 KiB. Of a track as its source has it.
  std::chrono::milliseconds download_timeout{300'000};
  std::chrono::seconds socket_timeout{15};  ///< What yt-dlp waits for a server that says nothing. 1 to 300.
  int download_retries = 3;                 ///< 0 to 20; by yt-dlp.
  std::chrono::milliseconds transcode_timeout{300'000};
  std::chrono::milliseconds terminate_grace{2'000};  ///< Between SIGTERM and SIGKILL, when a program must end.

  int bitrate_kbps = 96;            ///< 16 to 256. For what is fetched from then on.
  bool normalize_loudness = false;  ///< To -16 LUFS (EBU R 128), in one pass; likewise.
};

}  // namespace disruptor::music
