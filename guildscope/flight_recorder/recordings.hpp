#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "guildscope/flight_recorder/recording.hpp"

namespace guildscope::flight {

/// A recording whose process is gone, held so that nobody else takes it at the same time.
///
/// Threads: one at a time. Lifetime: the destructor lets go of it; the file stays unless Settle was called.
class ClaimedRecording {
 public:
  /// Nothing when its process lives or somebody else has it. Throws std::runtime_error when it cannot be read.
  [[nodiscard]] static std::optional<ClaimedRecording> Claim(const std::filesystem::path& file);

  ~ClaimedRecording();
  ClaimedRecording(ClaimedRecording&& other) noexcept;
  ClaimedRecording& operator=(ClaimedRecording&&) = delete;

  [[nodiscard]] const Recording& recording() const noexcept { return recording_; }
  [[nodiscard]] const std::filesystem::path& file() const noexcept { return file_; }

  /// An item of the recording: it is delivered now, in the file too, so that it holds when this process dies as well.
  void MarkDelivered(const RecordedItem& item) noexcept;
  /// How the process ended was told.
  void MarkReported() noexcept;
  /// Nothing more is to be done with it. It is kept as `last-exported.gsflight`, in the place of the one before, for
  /// people; one that says nothing is removed.
  void Settle() noexcept;

 private:
  ClaimedRecording(std::filesystem::path file, int fd, Recording recording);

  std::filesystem::path file_;
  int fd_;
  Recording recording_;
};

/// What lies in a directory, for people who look. Nothing is changed; a process that starts in that very moment may
/// leave a recording for the next start, because each is held while it is looked at.
struct FoundRecording {
  enum class State { kRunning, kWaiting, kExported, kUnreadable };
  std::filesystem::path file;
  State state = State::kUnreadable;
  std::string problem;  ///< Of kUnreadable.
  Recording recording;
};
/// Newest first. Empty when there is no such directory; throws std::runtime_error when it cannot be read.
[[nodiscard]] std::vector<FoundRecording> ListRecordings(const std::filesystem::path& directory);

/// Removes what processes left that ended while they made their file.
void RemoveUnfinished(const std::filesystem::path& directory) noexcept;

/// The files that wait in a directory, oldest first; see ListRecordings.
[[nodiscard]] std::vector<std::filesystem::path> RecordingFiles(const std::filesystem::path& directory);

}  // namespace guildscope::flight
