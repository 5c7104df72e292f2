#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp uses it without including it

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "guildscope/http/message.hpp"
#include "guildscope/http/service.hpp"

namespace guildscope::http {

/// One connection: reads requests, has them answered, writes the answers, until one side has enough.
///
/// Threads: the service's io thread alone. Internal to the server.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<Service> service, boost::asio::ip::tcp::socket socket);
  ~Session();

  /// Serves the connection until it ends; keeps the session alive meanwhile.
  void Start();

  /// Answers 503 without reading a request, and closes.
  void Refuse();

  /// Since when the connection has waited for its next request; nullopt while it has one.
  [[nodiscard]] std::optional<std::chrono::steady_clock::time_point> idle_since() const { return idle_since_; }

  /// Whether a request is being answered: the one moment at which stopping waits.
  [[nodiscard]] bool answering() const { return answering_; }

  void Close();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Error = boost::beast::error_code;

  boost::asio::awaitable<void> Run();
  boost::asio::awaitable<bool> AwaitFirstByte(bool first_request);
  boost::asio::awaitable<Error> ReadRequest(Parser& parser);
  boost::asio::awaitable<bool> ServeOne(bool first_request);
  boost::asio::awaitable<void> RejectUnreadable(unsigned status);
  boost::asio::awaitable<std::optional<Response>> Route(Parser::value_type& message);
  boost::asio::awaitable<std::optional<Response>> AnswerOnPool(const Router::Route& route, Request request);
  boost::asio::awaitable<bool> Write(const Response& response, unsigned version, bool keep_alive, bool head);
  boost::asio::awaitable<void> Linger();
  boost::asio::awaitable<void> RunRefusal();
  void Complete(Response response);
  void CountTimeout(const Error& error);

  const std::shared_ptr<Service> service_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  boost::asio::steady_timer answered_;  // never expires; cancelled when the handler's answer is there
  std::optional<Response> answer_;
  std::optional<std::chrono::steady_clock::time_point> idle_since_;
  bool answering_ = false;
  bool closed_ = false;
};

}  // namespace guildscope::http
