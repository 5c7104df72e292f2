#include "guildscope/base/redactor_scan.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "guildscope/base/redactor_shapes.hpp"

#if defined(__x86_64__)
#include <tmmintrin.h>
#endif

namespace guildscope {
namespace {

namespace shapes = redactor_shapes;

/// How often a character is met in names, messages and encoded records, very roughly.
int Commonness(char c) noexcept {
  if (std::string_view("aceinorst ").find(c) != std::string_view::npos) return 4;
  if (std::string_view("jqxz").find(c) != std::string_view::npos) return 2;
  if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) < ' ') return 3;
  return c >= 'A' && c <= 'Z' ? 2 : 1;
}

std::vector<std::string> LongerFirst(std::vector<std::string> secrets) {
  std::stable_sort(secrets.begin(), secrets.end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
  return secrets;
}

bool HasVectors() noexcept {
#if defined(__x86_64__)
  return __builtin_cpu_supports("ssse3") != 0;
#else
  return false;
#endif
}

}  // namespace

RedactorScan::RedactorScan(std::vector<std::string> secrets, Method method)
    : vectors_(method == Method::kBest && HasVectors()), secrets_(LongerFirst(std::move(secrets))) {
  Add(shapes::kUrl, Kind::kUrl, 0);
  Add(shapes::kAuthorization, Kind::kAuthorization, 1);
  Add(shapes::kInteractions, Kind::kRoute, 2);
  Add(shapes::kWebhooks, Kind::kRoute, 3);
  constexpr std::size_t kFirstFree = 4;
  for (std::size_t i = 0; i < secrets_.size(); ++i) {
    Add(secrets_[i], Kind::kSecret, kFirstFree + i % (kBuckets - kFirstFree));
  }
}

void RedactorScan::Admit(std::size_t place, char c, std::uint8_t bit) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  whole_[place][byte] |= bit;
  halves_[place].low[byte & 0xF] |= bit;
  halves_[place].high[byte >> 4] |= bit;
}

void RedactorScan::Add(std::string_view text, Kind kind, std::size_t bucket) {
  const auto commonness = [&](std::size_t at) {
    return Commonness(text[at]) + Commonness(text[at + 1]) + Commonness(text[at + 2]);
  };
  std::size_t window = 0;
  for (std::size_t at = 1; at + kPlaces <= text.size(); ++at) {
    if (commonness(at) < commonness(window)) window = at;
  }
  for (std::size_t place = 0; place < kPlaces; ++place) {
    const char c = text[window + place];
    const auto bit = static_cast<std::uint8_t>(1U << bucket);
    Admit(place, c, bit);
    if (kind == Kind::kAuthorization) Admit(place, static_cast<char>(c - 'a' + 'A'), bit);
  }
  buckets_[bucket].push_back({text, window, kind});
}

bool RedactorScan::Matches(const Pattern& pattern, std::string_view text, std::size_t at) const noexcept {
  switch (pattern.kind) {
    case Kind::kAuthorization:
      return shapes::LiesAtInAnyCase(text, at, pattern.text) && shapes::AuthorizationValue(text, at).has_value();
    case Kind::kUrl:
      return text.substr(at).starts_with(pattern.text) && shapes::UrlPassword(text, at).has_value();
    case Kind::kRoute:
      return text.substr(at).starts_with(pattern.text) && shapes::RouteToken(text, at, pattern.text).has_value();
    case Kind::kSecret:
      break;
  }
  return text.substr(at).starts_with(pattern.text);
}

bool RedactorScan::IsAt(std::string_view text, std::size_t at, unsigned buckets) const noexcept {
  for (; buckets != 0; buckets &= buckets - 1) {
    for (const Pattern& pattern : buckets_[static_cast<std::size_t>(std::countr_zero(buckets))]) {
      if (at >= pattern.window && Matches(pattern, text, at - pattern.window)) return true;
    }
  }
  return false;
}

bool RedactorScan::Finds(std::string_view text) const noexcept {
  if (text.size() < kPlaces) return false;
  return vectors_ ? FindsWithVectors(text) : FindsPortably(text);
}

bool RedactorScan::FindsPortably(std::string_view text) const noexcept {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  for (std::size_t at = 0; at + kPlaces <= text.size(); ++at) {
    const unsigned buckets = whole_[0][bytes[at]] & whole_[1][bytes[at + 1]] & whole_[2][bytes[at + 2]];
    if (buckets != 0 && IsAt(text, at, buckets)) [[unlikely]]
      return true;
  }
  return false;
}

#if defined(__x86_64__)

namespace {

constexpr std::size_t kStep = 16;

/// What the tables say of sixteen characters at each of the three places.
struct Admitted {
  __m128i first;
  __m128i second;
  __m128i third;
};

}  // namespace

// Rare: kept out of the loop, whose registers it would take.
__attribute__((noinline)) bool RedactorScan::IsInBlock(std::string_view text, std::size_t at,
                                                       const std::uint8_t* buckets) const noexcept {
  for (std::size_t place = 0; place < kStep && at + place < text.size(); ++place) {  // behind that is padding
    if (buckets[place] != 0 && IsAt(text, at + place - (kPlaces - 1), buckets[place])) return true;
  }
  return false;
}

__attribute__((target("ssse3"))) bool RedactorScan::FindsWithVectors(std::string_view text) const noexcept {
  const auto load = [](const void* from)
                        __attribute__((target("ssse3"))) { return _mm_loadu_si128(static_cast<const __m128i*>(from)); };
  const __m128i low_half = _mm_set1_epi8(0xF);
  const __m128i low[kPlaces] = {load(&halves_[0].low), load(&halves_[1].low), load(&halves_[2].low)};
  const __m128i high[kPlaces] = {load(&halves_[0].high), load(&halves_[1].high), load(&halves_[2].high)};
  const auto admit = [&](__m128i bytes) __attribute__((target("ssse3"))) {
    const __m128i lows = _mm_and_si128(bytes, low_half);
    const __m128i highs = _mm_and_si128(_mm_srli_epi16(bytes, 4), low_half);
    return Admitted{_mm_and_si128(_mm_shuffle_epi8(low[0], lows), _mm_shuffle_epi8(high[0], highs)),
                    _mm_and_si128(_mm_shuffle_epi8(low[1], lows), _mm_shuffle_epi8(high[1], highs)),
                    _mm_and_si128(_mm_shuffle_epi8(low[2], lows), _mm_shuffle_epi8(high[2], highs))};
  };
  // Of a window that ends in this block the first two characters may lie in the one before.
  const char* block = text.data();
  Admitted before{_mm_setzero_si128(), _mm_setzero_si128(), _mm_setzero_si128()};
  const auto block_finds = [&](__m128i bytes) __attribute__((target("ssse3"))) {
    const Admitted here = admit(bytes);
    const __m128i found = _mm_and_si128(_mm_and_si128(_mm_alignr_epi8(here.first, before.first, kStep - 2),
                                                      _mm_alignr_epi8(here.second, before.second, kStep - 1)),
                                        here.third);
    before = here;
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(found, _mm_setzero_si128())) == 0xFFFF) [[likely]]
      return false;
    alignas(16) std::array<std::uint8_t, kStep> buckets;
    _mm_store_si128(reinterpret_cast<__m128i*>(buckets.data()), found);
    return IsInBlock(text, static_cast<std::size_t>(block - text.data()), buckets.data());
  };

  for (std::size_t left = text.size() / kStep; left > 0; --left, block += kStep) {
    if (block_finds(load(block))) return true;
  }
  std::array<char, kStep> rest{};
  std::memcpy(rest.data(), block, text.size() % kStep);
  return block_finds(load(rest.data()));
}

#else

bool RedactorScan::FindsWithVectors(std::string_view text) const noexcept { return FindsPortably(text); }

#endif

}  // namespace guildscope
