#include "guildscope/metrics/packed_values.hpp"

#include <algorithm>
#include <random>

namespace guildscope::metrics {

std::string PackValues(std::span<const std::string_view> values) {
  std::string packed;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i != 0) packed += kValueSeparator;
    packed += values[i];
  }
  return packed;
}

std::vector<std::string> UnpackValues(std::string_view packed, std::size_t count) {
  std::vector<std::string> values;
  values.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t end = std::min(packed.find(kValueSeparator), packed.size());
    values.emplace_back(packed.substr(0, end));
    packed.remove_prefix(std::min(end + 1, packed.size()));
  }
  return values;
}

std::string_view PackedValue(std::string_view packed, std::size_t index) noexcept {
  for (; index > 0; --index) packed.remove_prefix(packed.find(kValueSeparator) + 1);
  return packed.substr(0, packed.find(kValueSeparator));
}

bool PackedLess(std::string_view a, std::string_view b) noexcept {
  const std::size_t shorter = std::min(a.size(), b.size());
  const auto different = static_cast<std::size_t>(
      std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(shorter), b.begin()).first - a.begin());
  if (different == shorter) return a.size() < b.size();
  // The separator ends a value, and a value that ends comes before one that goes on.
  if (a[different] == kValueSeparator) return true;
  if (b[different] == kValueSeparator) return false;
  return static_cast<unsigned char>(a[different]) < static_cast<unsigned char>(b[different]);
}

bool IsPlain(std::string_view packed) noexcept { return packed.find_first_of("\\\n\"") == std::string_view::npos; }

std::uint64_t HashSeed() noexcept {
  static const std::uint64_t seed = [] {
    try {
      std::random_device random;
      return std::uint64_t{random()} << 32 | random();
    } catch (const std::exception&) {  // no source of randomness
      return std::uint64_t{0x8EBC6AF09C88C6E3};
    }
  }();
  return seed;
}

std::uint64_t HashPacked(std::string_view packed, std::uint64_t seed) noexcept {
  internal::ValuesHash hash(seed);
  for (;;) {
    const std::size_t end = packed.find(kValueSeparator);
    hash.Add(packed.substr(0, end));
    if (end == std::string_view::npos) return hash.Result();
    packed.remove_prefix(end + 1);
  }
}

}  // namespace guildscope::metrics
