#pragma once

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/optional/optional.hpp>
#include <string_view>
#include <utility>
#include <vector>

#include "guildscope/http/message.hpp"

namespace guildscope::http {

/// A Beast body that lies in several places and is sent from there. Internal to the server.
struct PiecesBody {
  using value_type = std::vector<boost::asio::const_buffer>;

  class writer {
   public:
    using const_buffers_type = value_type;
    template <bool kIsRequest, typename HeaderFields>
    writer(const boost::beast::http::header<kIsRequest, HeaderFields>& /*header*/, const value_type& pieces)
        : pieces_(pieces) {}
    void init(boost::beast::error_code& error) { error = {}; }
    boost::optional<std::pair<const_buffers_type, bool>> get(boost::beast::error_code& error) {
      error = {};
      return {{pieces_, false}};
    }

   private:
    const value_type& pieces_;
  };
};

/// The response must outlive what is returned.
[[nodiscard]] inline PiecesBody::value_type PiecesOf(const Response& response) {
  PiecesBody::value_type pieces;
  if (!response.chain) {
    const std::size_t size = std::min(response.break_after.value_or(response.body.size()), response.body.size());
    pieces.emplace_back(response.body.data(), size);
    return pieces;
  }
  for (const std::string_view chunk : response.chain->Chunks()) pieces.emplace_back(chunk.data(), chunk.size());
  return pieces;
}

}  // namespace guildscope::http
