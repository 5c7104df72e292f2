#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>

namespace media_standin {

using Json = nlohmann::json;

/// A request to the control paths that cannot be done; what() says what is wrong and what is accepted.
class BadRequest : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class FaultKind {
  kError,     ///< A status.
  kSlow,      ///< The answer comes late.
  kQuota,     ///< YouTube: 403 quotaExceeded. Elsewhere: 429.
  kNotFound,  ///< 404.
  kTruncate,  ///< Half of the body, then the connection ends.
};

/// One fault as POST /faults asks for it.
struct Fault {
  FaultKind kind = FaultKind::kError;
  std::string path;                    ///< A route template: `/v1/tracks/{id}`; empty: every route.
  std::uint64_t count = 1;             ///< How many requests it befalls.
  unsigned status = 500;               ///< Of kError, 400 to 599.
  std::optional<int> retry_after;      ///< Seconds, of kError and kQuota.
  std::chrono::milliseconds delay{0};  ///< Of kSlow.
};

/// Reads and checks a fault; throws BadRequest.
[[nodiscard]] Fault ParseFault(const Json& request);

/// The faults that wait for a request to befall.
///
/// Threads: one at a time. Lifetime: nothing borrowed.
class Faults {
 public:
  struct Taken {
    std::chrono::milliseconds delay{0};
    std::optional<Fault> outcome;  ///< All but kSlow.
  };

  void Add(Fault fault) { pending_.push_back(std::move(fault)); }
  void Clear() { pending_.clear(); }

  /// Takes what befalls a request to this route: at most one delay and one outcome, in the order they were added.
  [[nodiscard]] Taken Take(const std::string& route);

  /// What still waits.
  [[nodiscard]] Json ToJson() const;

 private:
  [[nodiscard]] std::optional<Fault> TakeOne(const std::string& route, bool slow);
  std::list<Fault> pending_;
};

}  // namespace media_standin
