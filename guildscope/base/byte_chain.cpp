#include "guildscope/base/byte_chain.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace guildscope {

ByteChain::ByteChain(ByteChain&& other) noexcept
    : chunks_(std::exchange(other.chunks_, {})),
      closed_bytes_(std::exchange(other.closed_bytes_, 0)),
      end_(std::exchange(other.end_, nullptr)),
      limit_(std::exchange(other.limit_, nullptr)) {}

ByteChain& ByteChain::operator=(ByteChain&& other) noexcept {
  if (this == &other) return *this;
  chunks_ = std::exchange(other.chunks_, {});
  closed_bytes_ = std::exchange(other.closed_bytes_, 0);
  end_ = std::exchange(other.end_, nullptr);
  limit_ = std::exchange(other.limit_, nullptr);
  return *this;
}

void ByteChain::Grow(std::size_t bytes) {
  const std::size_t capacity = std::max(bytes, kChunkBytes);
  auto chunk = std::make_unique_for_overwrite<char[]>(capacity);
  if (chunks_.size() == chunks_.capacity()) chunks_.reserve(2 * chunks_.size() + 8);  // what follows cannot throw
  Close();
  chunks_.push_back({std::move(chunk), 0});
  end_ = chunks_.back().bytes.get();
  limit_ = end_ + capacity;
}

void ByteChain::Close() noexcept {
  if (chunks_.empty()) return;
  Chunk& last = chunks_.back();
  last.size = static_cast<std::size_t>(end_ - last.bytes.get());
  closed_bytes_ += last.size;
  if (last.size == 0) chunks_.pop_back();
}

void ByteChain::Append(std::string_view bytes) {
  while (!bytes.empty()) {
    if (end_ == limit_) Grow(1);
    const std::size_t part = std::min(bytes.size(), static_cast<std::size_t>(limit_ - end_));
    std::memcpy(end_, bytes.data(), part);
    end_ += part;
    bytes.remove_prefix(part);
  }
}

std::size_t ByteChain::size() const noexcept {
  return chunks_.empty() ? 0 : closed_bytes_ + static_cast<std::size_t>(end_ - chunks_.back().bytes.get());
}

std::vector<std::string_view> ByteChain::Chunks() const& {
  std::vector<std::string_view> all;
  all.reserve(chunks_.size());
  for (const Chunk& chunk : chunks_) all.emplace_back(chunk.bytes.get(), chunk.size);
  if (all.empty()) return all;
  const char* const last = chunks_.back().bytes.get();
  all.back() = {last, static_cast<std::size_t>(end_ - last)};
  if (all.back().empty()) all.pop_back();
  return all;
}

std::string ByteChain::ToString() const {
  std::string whole;
  whole.reserve(size());
  for (const std::string_view chunk : Chunks()) whole += chunk;
  return whole;
}

}  // namespace guildscope
