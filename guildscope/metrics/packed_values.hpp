#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The label values of a series in one string: how a series keeps them, is found by them, and is sorted.
namespace guildscope::metrics {

/// Between two values: a byte that valid UTF-8 never has.
inline constexpr char kValueSeparator = '\xFF';

[[nodiscard]] std::string PackValues(std::span<const std::string_view> values);
[[nodiscard]] std::vector<std::string> UnpackValues(std::string_view packed, std::size_t count);
[[nodiscard]] std::string_view PackedValue(std::string_view packed, std::size_t index) noexcept;
/// Parts a SeriesView's label values. Where there are fewer than `values` has room for, the rest is empty.
inline void SplitValues(std::string_view packed, std::span<std::string_view> values) noexcept {
  const char* begin = packed.data();
  const char* const end = begin + packed.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool last = i + 1 == values.size();
    const void* separator =
        last || begin == end ? nullptr : std::memchr(begin, kValueSeparator, static_cast<std::size_t>(end - begin));
    const char* const value_end = separator == nullptr ? end : static_cast<const char*>(separator);
    values[i] = {begin, static_cast<std::size_t>(value_end - begin)};
    begin = separator == nullptr ? end : value_end + 1;
  }
}

/// The order of the values one by one, each by its bytes.
[[nodiscard]] bool PackedLess(std::string_view a, std::string_view b) noexcept;
/// No value has a character that Prometheus' formats escape.
[[nodiscard]] bool IsPlain(std::string_view packed) noexcept;

/// A number that differs from process to process, so that nobody can choose label values whose hashes collide.
[[nodiscard]] std::uint64_t HashSeed() noexcept;
[[nodiscard]] std::uint64_t HashPacked(std::string_view packed, std::uint64_t seed) noexcept;

namespace internal {

template <typename Word>
[[nodiscard]] inline std::uint64_t Load(const char* bytes) noexcept {
  Word word;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

/// Both halves of the product: each bit of the result depends on every bit of `a` and `b`.
[[nodiscard]] inline std::uint64_t Mix(std::uint64_t a, std::uint64_t b) noexcept {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

// After wyhash (Wang Yi, public domain): sixteen bytes a multiplication; the last ones may be read twice.
[[nodiscard]] inline std::uint64_t HashBytes(const char* bytes, std::size_t size, std::uint64_t seed) noexcept {
  constexpr std::uint64_t kOdd = 0xE7037ED1A0B428DBULL;
  std::uint64_t a = 0;
  std::uint64_t b = 0;
  const char* const end = bytes + size;
  seed += size;
  if (size > 16) {
    for (; end - bytes > 16; bytes += 16) {
      seed = Mix(Load<std::uint64_t>(bytes) ^ kOdd, Load<std::uint64_t>(bytes + 8) ^ seed);
    }
    a = Load<std::uint64_t>(end - 16);
    b = Load<std::uint64_t>(end - 8);
  } else if (size >= 8) {
    a = Load<std::uint64_t>(bytes);
    b = Load<std::uint64_t>(end - 8);
  } else if (size >= 4) {
    a = Load<std::uint32_t>(bytes);
    b = Load<std::uint32_t>(end - 4);
  } else if (size > 0) {
    a = static_cast<unsigned char>(bytes[0]) | std::uint64_t{static_cast<unsigned char>(bytes[size / 2])} << 8;
    b = static_cast<unsigned char>(end[-1]);
  }
  return Mix(a ^ kOdd, b ^ seed);
}

[[nodiscard]] inline bool SameBytes(const char* a, const char* b, std::size_t size) noexcept {
  if (size >= 8) {
    std::uint64_t difference = Load<std::uint64_t>(a + size - 8) ^ Load<std::uint64_t>(b + size - 8);
    for (std::size_t at = 0; at + 8 < size; at += 8) {
      difference |= Load<std::uint64_t>(a + at) ^ Load<std::uint64_t>(b + at);
    }
    return difference == 0;
  }
  if (size >= 4) {
    return Load<std::uint32_t>(a) == Load<std::uint32_t>(b) &&
           Load<std::uint32_t>(a + size - 4) == Load<std::uint32_t>(b + size - 4);
  }
  for (std::size_t at = 0; at < size; ++at) {
    if (a[at] != b[at]) return false;
  }
  return true;
}

/// The hash of values that are hashed one by one.
class ValuesHash {
 public:
  explicit ValuesHash(std::uint64_t seed) noexcept : seed_(seed) {}
  // The values do not wait for each other's multiplications.
  void Add(std::string_view value) noexcept {
    hash_ = hash_ * 0x9E3779B97F4A7C15ULL + HashBytes(value.data(), value.size(), seed_);
    seed_ += 0xA0761D6478BD642FULL;
  }
  [[nodiscard]] std::uint64_t Result() const noexcept { return hash_ ^ (hash_ >> 32); }

 private:
  std::uint64_t seed_;
  std::uint64_t hash_ = 0;
};

}  // namespace internal

/// The same as HashPacked of the packed values.
[[nodiscard]] inline std::uint64_t HashValues(std::span<const std::string_view> values, std::uint64_t seed) noexcept {
  internal::ValuesHash hash(seed);
  for (const std::string_view value : values) hash.Add(value);
  if (values.empty()) hash.Add({});  // packed, that is the same as one empty value
  return hash.Result();
}

/// Whether `packed` is the packed `values`. None of these may have the separator in it and be cleaned to something
/// else.
[[nodiscard]] inline bool PackedEquals(std::string_view packed, std::span<const std::string_view> values) noexcept {
  std::size_t size = values.empty() ? 0 : values.size() - 1;
  for (const std::string_view value : values) size += value.size();
  if (size != packed.size()) return false;
  const char* at = packed.data();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0 && *at++ != kValueSeparator) return false;
    if (!internal::SameBytes(at, values[i].data(), values[i].size())) return false;
    at += values[i].size();
  }
  return true;
}

}  // namespace guildscope::metrics
