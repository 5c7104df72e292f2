#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace guildscope {

/// Bytes that grow without ever being moved: a list of chunks, each written once and sent from where it is. For texts
/// of megabytes; a short one is a std::string.
///
/// Cost: one comparison a Reserve; one allocation a chunk.
/// Threads: one. Lifetime: views of its chunks are valid as long as it is.
class ByteChain {
 public:
  static constexpr std::size_t kChunkBytes = 64 * 1024;

  ByteChain() noexcept = default;
  ByteChain(ByteChain&& other) noexcept;
  ByteChain& operator=(ByteChain&& other) noexcept;
  ~ByteChain() = default;

  /// Room for at least `bytes` in one piece. What is written there counts up to where Commit says.
  [[nodiscard]] char* Reserve(std::size_t bytes) {
    if (static_cast<std::size_t>(limit_ - end_) < bytes) Grow(bytes);
    return end_;
  }
  /// `end` lies in the piece that Reserve gave last.
  void Commit(char* end) noexcept { end_ = end; }

  void Append(std::string_view bytes);

  [[nodiscard]] std::size_t size() const noexcept;
  [[nodiscard]] bool empty() const noexcept { return size() == 0; }

  /// The chunks in their order, none of them empty.
  [[nodiscard]] std::vector<std::string_view> Chunks() const&;
  std::vector<std::string_view> Chunks() const&& = delete;

  /// All of it in one piece: a copy.
  [[nodiscard]] std::string ToString() const;

 private:
  struct Chunk {
    std::unique_ptr<char[]> bytes;
    std::size_t size;  // of the last chunk: not yet known, see end_
  };

  void Grow(std::size_t bytes);
  /// Writes down how far the last chunk was filled.
  void Close() noexcept;

  std::vector<Chunk> chunks_;
  std::size_t closed_bytes_ = 0;  // of all chunks but the last
  char* end_ = nullptr;           // of what was written into the last chunk
  char* limit_ = nullptr;
};

}  // namespace guildscope
