#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>

namespace standin {

/// One connection of a client, over TLS 1.3.
using TlsStream = boost::beast::ssl_stream<boost::beast::tcp_stream>;

}  // namespace standin
