#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace guildscope {

/// Finds in one pass whether a text holds one of several secrets or one of the shapes of redactor_shapes.hpp. The
/// Redactor's own; others ask Redactor::NeedsRedaction.
///
/// Three characters stand for each thing looked for, the rarest that it has. The things are dealt out to eight buckets,
/// a bit each; three tables tell, for a character at each of the three places, in which buckets it occurs. Where all
/// three have a bit in common the place is looked at properly. With SSSE3 this is sixteen places at a time ("Teddy", as
/// Hyperscan has it): then a table is two, of a character's halves.
///
/// Cost: about 0.15 ns a byte with SSSE3, 0.7 ns without; what looks alike is looked at, some ns each time.
/// Threads: any, it never changes. Lifetime: nothing borrowed.
class RedactorScan {
 public:
  enum class Method { kBest, kPortable };

  /// Secrets have at least three characters.
  explicit RedactorScan(std::vector<std::string> secrets, Method method = Method::kBest);
  RedactorScan(const RedactorScan&) = delete;
  RedactorScan& operator=(const RedactorScan&) = delete;

  [[nodiscard]] bool Finds(std::string_view text) const noexcept;
  /// Longer ones first.
  [[nodiscard]] const std::vector<std::string>& secrets() const noexcept { return secrets_; }

 private:
  static constexpr std::size_t kPlaces = 3;
  static constexpr std::size_t kBuckets = 8;
  enum class Kind : std::uint8_t { kSecret, kAuthorization, kUrl, kRoute };

  struct Pattern {
    std::string_view text;
    std::size_t window;  ///< Where the three characters lie in it.
    Kind kind;
  };

  void Add(std::string_view text, Kind kind, std::size_t bucket);
  void Admit(std::size_t place, char c, std::uint8_t bit) noexcept;
  /// Something in one of the buckets seems to have its window at a place: whether it is there and would be replaced.
  [[nodiscard]] bool IsAt(std::string_view text, std::size_t at, unsigned buckets) const noexcept;
  /// The same for windows that end in the sixteen characters from a place on, each with its buckets.
  [[nodiscard]] bool IsInBlock(std::string_view text, std::size_t at, const std::uint8_t* buckets) const noexcept;
  [[nodiscard]] bool Matches(const Pattern& pattern, std::string_view text, std::size_t at) const noexcept;

  [[nodiscard]] bool FindsPortably(std::string_view text) const noexcept;
  [[nodiscard]] bool FindsWithVectors(std::string_view text) const noexcept;

  struct alignas(16) Halves {
    std::array<std::uint8_t, 16> low{};
    std::array<std::uint8_t, 16> high{};
  };

  std::array<Halves, kPlaces> halves_{};
  const bool vectors_;
  std::array<std::array<std::uint8_t, 256>, kPlaces> whole_{};
  std::array<std::vector<Pattern>, kBuckets> buckets_;
  const std::vector<std::string> secrets_;
};

}  // namespace guildscope
