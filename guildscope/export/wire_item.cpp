#include "guildscope/export/wire_item.hpp"

#include <stdexcept>

namespace guildscope::exporting {

WireItem::~WireItem() {
  if (data_ != inline_) PoolFree(data_, capacity_);
}

void WireItem::Grow(std::size_t bytes) {
  constexpr std::size_t kLargest = 0x7FFF'FFFF;  // of a protocol buffer
  if (bytes > kLargest - size_) throw std::length_error("a span or log record of more than 2 GiB");
  const std::size_t capacity = PoolBlockSize(std::min(kLargest, std::max<std::size_t>(size_ + bytes, capacity_ * 2UL)));
  auto* data = static_cast<char*>(PoolAllocate(capacity));
  std::memcpy(data, data_, size_);
  if (data_ != inline_) PoolFree(data_, capacity_);
  data_ = data;
  capacity_ = static_cast<std::uint32_t>(capacity);
}

void WireItem::MoveBack(std::size_t appended, std::size_t at, std::size_t old_size) noexcept {
  std::rotate(data_ + at, data_ + appended, data_ + size_);
  const std::size_t added = size_ - appended;
  char* const old = data_ + at + added;
  std::memmove(old, old + old_size, appended - at - old_size);
  size_ -= static_cast<std::uint32_t>(old_size);
}

}  // namespace guildscope::exporting
