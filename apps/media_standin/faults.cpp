#include "apps/media_standin/faults.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace media_standin {
namespace {

struct KindName {
  std::string_view name;
  FaultKind kind;
  std::string_view fields;  ///< That it takes, each between spaces.
};

constexpr std::array<KindName, 5> kKinds{{
    {"error", FaultKind::kError, " path count status retry_after "},
    {"slow", FaultKind::kSlow, " path count milliseconds "},
    {"quota", FaultKind::kQuota, " path count retry_after "},
    {"not_found", FaultKind::kNotFound, " path count "},
    {"truncate", FaultKind::kTruncate, " path count "},
}};

const KindName& FindKind(const Json& request) {
  constexpr const char* kAccepted = "accepted kinds: error, slow, quota, not_found, truncate";
  if (!request.is_object()) throw BadRequest(std::string("a fault is a JSON object with a kind; ") + kAccepted);
  const Json name = request.value("kind", Json());
  const auto* found =
      std::find_if(kKinds.begin(), kKinds.end(), [&](const KindName& kind) { return name == std::string(kind.name); });
  if (found == kKinds.end()) throw BadRequest("kind is " + name.dump() + "; " + kAccepted);
  for (const auto& [key, value] : request.items()) {
    if (key == "kind" || found->fields.find(" " + key + " ") != std::string_view::npos) continue;
    throw BadRequest(std::string(found->name) + " does not take '" + key + "'; accepted:" + std::string(found->fields));
  }
  return *found;
}

std::int64_t Number(const Json& request, const char* key, std::int64_t fallback, std::int64_t low, std::int64_t high) {
  const auto field = request.find(key);
  if (field == request.end()) return fallback;
  if (field->is_number_integer() && field->get<std::int64_t>() >= low && field->get<std::int64_t>() <= high) {
    return field->get<std::int64_t>();
  }
  throw BadRequest(std::string(key) + " is " + field->dump() + "; accepted: a whole number from " +
                   std::to_string(low) + " to " + std::to_string(high));
}

}  // namespace

Fault ParseFault(const Json& request) {
  Fault fault;
  fault.kind = FindKind(request).kind;
  const Json path = request.value("path", Json(""));
  if (!path.is_string()) throw BadRequest("path is " + path.dump() + "; accepted: a route, as /ledger shows them");
  fault.path = path.get<std::string>();
  fault.count = static_cast<std::uint64_t>(Number(request, "count", 1, 1, 1'000'000'000));
  fault.status = static_cast<unsigned>(Number(request, "status", 500, 400, 599));
  fault.delay = std::chrono::milliseconds(Number(request, "milliseconds", 1'000, 0, 600'000));
  if (request.contains("retry_after"))
    fault.retry_after = static_cast<int>(Number(request, "retry_after", 1, 0, 86'400));
  return fault;
}

std::optional<Fault> Faults::TakeOne(const std::string& route, bool slow) {
  const auto found = std::find_if(pending_.begin(), pending_.end(), [&](const Fault& fault) {
    return (fault.kind == FaultKind::kSlow) == slow && (fault.path.empty() || fault.path == route);
  });
  if (found == pending_.end()) return std::nullopt;
  Fault taken = *found;
  if (--found->count == 0) pending_.erase(found);
  return taken;
}

Faults::Taken Faults::Take(const std::string& route) {
  Taken taken;
  if (const auto slow = TakeOne(route, true)) taken.delay = slow->delay;
  taken.outcome = TakeOne(route, false);
  return taken;
}

Json Faults::ToJson() const {
  Json list = Json::array();
  for (const Fault& fault : pending_) {
    const auto* kind =
        std::find_if(kKinds.begin(), kKinds.end(), [&](const KindName& k) { return k.kind == fault.kind; });
    list.push_back({{"kind", std::string(kind->name)}, {"count", fault.count}, {"path", fault.path}});
  }
  return list;
}

}  // namespace media_standin
