#include "guildscope/http/service.hpp"

#include <algorithm>
#include <exception>

#include "guildscope/http/content_coding.hpp"

namespace guildscope::http {
namespace {

constexpr std::size_t kSmallestCompressedBody = 1024;

void Compress(const Request& request, Response& response) {
  if (response.break_after) return;  // it counts these bytes
  const std::size_t size = response.chain ? response.chain->size() : response.body.size();
  if (size <= kSmallestCompressedBody || !IsCompressible(response.content_type)) return;
  const bool encoded =
      std::ranges::any_of(response.headers, [](const auto& field) { return field.first == "Content-Encoding"; });
  if (encoded) return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (!AcceptsGzip(request.Header("Accept-Encoding"))) return;
  if (response.chain) {
    response.chain = std::make_shared<const ByteChain>(Gzip(*response.chain));
  } else {
    response.body = Gzip(response.body);
  }
  response.headers.emplace_back("Content-Encoding", "gzip");
}

}  // namespace

Response Answer(const Router::Route& route, const Request& request, Service::Counters& counters) {
  try {
    Response response = route.handler(request);
    Compress(request, response);
    return response;
  } catch (...) {
    // What went wrong is the operator's business, not the client's.
    counters.handler_errors.fetch_add(1, std::memory_order_relaxed);
    return ErrorResponse(500, "internal error");
  }
}

}  // namespace guildscope::http
