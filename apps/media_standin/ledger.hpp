#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

namespace media_standin {

/// The exact count of what was answered: the truth that a client's telemetry is held against. A request counts when its
/// answer is made, with the status that it will have.
///
/// Threads: one at a time. Lifetime: nothing borrowed.
class Ledger {
 public:
  void Answered(const std::string& method, const std::string& route, unsigned status) {
    ++requests_[{method, route, status}];
  }
  void Truncated(const std::string& route) { ++truncated_[route]; }
  void TokenIssued() { ++tokens_issued_; }
  /// A request for a song's audio that was not refused. Only one for all of it is a whole one.
  void MediaServed(const std::string& id, std::uint64_t bytes, bool whole) {
    Media& media = media_[id];
    ++media.requests;
    media.bytes += bytes;
    if (whole) ++media.whole;
  }

  [[nodiscard]] nlohmann::json ToJson() const {
    nlohmann::json requests = nlohmann::json::array();
    for (const auto& [key, count] : requests_) {
      const auto& [method, route, status] = key;
      requests.push_back({{"method", method}, {"route", route}, {"status", status}, {"count", count}});
    }
    nlohmann::json media = nlohmann::json::object();
    for (const auto& [id, counts] : media_) {
      media[id] = {{"requests", counts.requests}, {"whole", counts.whole}, {"bytes", counts.bytes}};
    }
    return {{"requests", std::move(requests)},
            {"truncated", truncated_},
            {"tokens_issued", tokens_issued_},
            {"media", std::move(media)}};
  }

 private:
  struct Media {
    std::uint64_t requests = 0;
    std::uint64_t whole = 0;
    std::uint64_t bytes = 0;
  };
  std::map<std::tuple<std::string, std::string, unsigned>, std::uint64_t> requests_;
  std::map<std::string, std::uint64_t> truncated_;
  std::map<std::string, Media> media_;
  std::uint64_t tokens_issued_ = 0;
};

}  // namespace media_standin
