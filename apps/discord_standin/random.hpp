#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace standin {

/// Random choices that are the same on every machine for one seed: the standard's distributions are not.
///
/// Threads: one. Lifetime: nothing borrowed.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  /// 0 to bound - 1; 0 for a bound of 0. The bias of the remainder is below 1e-9 for the bounds used here.
  std::uint64_t Below(std::uint64_t bound) { return bound == 0 ? 0 : engine_() % bound; }

  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[Below(from.size())];
  }

  std::string Hex(std::size_t characters) { return Characters("0123456789abcdef", characters); }
  std::string Letters(std::size_t characters) {
    return Characters("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", characters);
  }

 private:
  std::string Characters(std::string_view alphabet, std::size_t count) {
    std::string text(count, ' ');
    for (char& c : text) c = alphabet[Below(alphabet.size())];
    return text;
  }

  std::mt19937_64 engine_;
};

}  // namespace standin
