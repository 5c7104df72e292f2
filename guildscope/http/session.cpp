#include "guildscope/http/session.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>
#include <ctime>
#include <utility>

#include "guildscope/http/content_coding.hpp"
#include "guildscope/http/pieces_body.hpp"

namespace guildscope::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

constexpr std::size_t kReadBytes = 4096;
constexpr auto kLingerTimeout = std::chrono::seconds(1);
constexpr auto kLingerTimeoutAtStop = std::chrono::milliseconds(100);
constexpr std::size_t kLingerBytes = 1024 * 1024;

auto Into(beast::error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

void Count(std::atomic<std::uint64_t>& counter) { counter.fetch_add(1, std::memory_order_relaxed); }

/// The status for what the parser did not like; 0 when the connection broke and nobody is there to be told.
unsigned StatusOf(const beast::error_code& error) {
  if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow) return 431;
  if (error == bhttp::error::body_limit) return 413;
  if (error == bhttp::error::end_of_stream || error == bhttp::error::partial_message) return 0;
  return error.category() == make_error_code(bhttp::error::bad_method).category() ? 400 : 0;
}

std::string_view ExplainStatus(unsigned status) {
  switch (status) {
    case 413:
      return "the body is too large";
    case 431:
      return "the request line and headers are too large";
    default:
      return "this is not an HTTP/1.1 request";
  }
}

std::string HttpDate() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

/// All but the target. Takes the body out of the message.
template <typename Message>
Request MakeRequest(Message& message) {
  Request request;
  request.head = message.method() == bhttp::verb::head;
  request.method = request.head ? "GET" : std::string(message.method_string());
  for (const auto& field : message) request.headers.emplace_back(field.name_string(), field.value());
  request.body = std::move(message.body());
  return request;
}

template <typename Message>
std::optional<Response> FindProblem(const Message& message, bool valid_target) {
  if (!valid_target) return ErrorResponse(400, "the request target is not a valid path");
  if (message.version() >= 11 && message.count(bhttp::field::host) != 1) {
    return ErrorResponse(400, "one Host header is required");
  }
  return std::nullopt;
}

/// Decodes a compressed body in place; an answer when that is impossible.
std::optional<Response> DecodeBody(Request& request, std::size_t max_bytes) {
  const auto coding = request.Header("Content-Encoding");
  const auto is = [&](const char* name) { return beast::iequals({coding.data(), coding.size()}, name); };
  if (coding.empty() || is("identity")) return std::nullopt;
  if (!is("gzip") && !is("x-gzip")) {
    Response response = ErrorResponse(415, "content encodings accepted: gzip, identity");
    response.headers.emplace_back("Accept-Encoding", "gzip, identity");
    return response;
  }
  GunzipError error{};
  auto plain = Gunzip(request.body, max_bytes, error);
  if (!plain && error == GunzipError::kTooLarge) return ErrorResponse(413, ExplainStatus(413));
  if (!plain) return ErrorResponse(400, "the body is not gzip");
  request.body = std::move(*plain);
  return std::nullopt;
}

}  // namespace

Session::Session(std::shared_ptr<Service> service, asio::ip::tcp::socket socket)
    : service_(std::move(service)), stream_(std::move(socket)), answered_(service_->io) {
  service_->counters.open_connections.fetch_add(1, std::memory_order_relaxed);
}

Session::~Session() {
  service_->sessions.erase(this);
  service_->refusals.erase(this);
  service_->counters.open_connections.fetch_sub(1, std::memory_order_relaxed);
}

void Session::Start() {
  service_->sessions.insert(this);
  asio::co_spawn(service_->io, [self = shared_from_this()] { return self->Run(); }, asio::detached);
}

void Session::Refuse() {
  service_->refusals.insert(this);
  asio::co_spawn(service_->io, [self = shared_from_this()] { return self->RunRefusal(); }, asio::detached);
}

void Session::Close() {
  closed_ = true;
  answered_.cancel();
  stream_.close();
}

asio::awaitable<void> Session::Run() {
  bool first = true;
  bool more = true;
  // A stop that came while an answer was written has not closed this session.
  while (more && !closed_ && (first || !service_->stop.stop_requested())) {
    more = co_await ServeOne(first);
    first = false;
  }
  stream_.close();
}

asio::awaitable<void> Session::RunRefusal() {
  Response response = ErrorResponse(503, "too many connections");
  response.headers.emplace_back("Retry-After", "1");
  co_await Write(response, 11, false, false);
  co_await Linger();
}

asio::awaitable<bool> Session::AwaitFirstByte(bool first_request) {
  if (buffer_.size() > 0) co_return true;  // pipelined
  beast::error_code error;
  if (!first_request) idle_since_ = std::chrono::steady_clock::now();
  stream_.expires_after(first_request ? service_->options.header_timeout : service_->options.idle_timeout);
  const std::size_t bytes = co_await stream_.async_read_some(buffer_.prepare(kReadBytes), Into(error));
  idle_since_.reset();
  buffer_.commit(bytes);
  if (first_request) CountTimeout(error);  // an idle connection that ends is no fault of the client's
  co_return !error;
}

asio::awaitable<Session::Error> Session::ReadRequest(Parser& parser) {
  const auto& options = service_->options;
  beast::error_code error;
  stream_.expires_after(options.header_timeout);
  co_await bhttp::async_read_header(stream_, buffer_, parser, Into(error));
  if (error) co_return error;

  const auto length = parser.content_length();
  if (length && *length > options.max_body_bytes) co_return make_error_code(bhttp::error::body_limit);
  stream_.expires_after(options.body_timeout);
  if (!parser.is_done() && beast::iequals(parser.get()[bhttp::field::expect], "100-continue")) {
    bhttp::response<bhttp::empty_body> go_on(bhttp::status::continue_, 11);
    co_await bhttp::async_write(stream_, go_on, Into(error));
    if (error) co_return error;
  }
  co_await bhttp::async_read(stream_, buffer_, parser, Into(error));
  co_return error;
}

asio::awaitable<bool> Session::ServeOne(bool first_request) {
  const bool has_request = co_await AwaitFirstByte(first_request);
  if (!has_request || closed_) co_return false;

  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(service_->options.max_header_bytes));
  parser.body_limit(service_->options.max_body_bytes);
  const beast::error_code error = co_await ReadRequest(parser);
  CountTimeout(error);
  if (closed_) co_return false;
  if (error) {
    co_await RejectUnreadable(StatusOf(error));
    co_return false;
  }
  Count(service_->counters.requests);

  auto message = parser.release();
  const bool head = message.method() == bhttp::verb::head;
  answering_ = true;
  const std::optional<Response> response = co_await Route(message);
  // Read after the handler: a server that stops tells its clients not to send another request.
  const bool keep_alive = message.keep_alive() && !service_->stop.stop_requested();
  bool written = false;
  if (response) written = co_await Write(*response, message.version(), keep_alive, head);
  answering_ = false;
  if (written && !keep_alive) co_await Linger();
  co_return written&& keep_alive;
}

asio::awaitable<void> Session::RejectUnreadable(unsigned status) {
  if (status == 0) co_return;
  Count(service_->counters.bad_requests);
  co_await Write(ErrorResponse(status, ExplainStatus(status)), 11, false, false);
  co_await Linger();
}

asio::awaitable<std::optional<Response>> Session::Route(Parser::value_type& message) {
  Request request = MakeRequest(message);
  request.stop = service_->stop.get_token();
  auto target = ParseTarget({message.target().data(), message.target().size()});
  auto problem = FindProblem(message, target.has_value());
  if (!problem) problem = DecodeBody(request, service_->options.max_body_bytes);
  if (problem) {
    Count(service_->counters.bad_requests);
    co_return problem;
  }
  request.path = std::move(target->path);
  request.query = std::move(target->query);

  const auto match = service_->router.Find(request.method, request.path);
  if (!match.route && match.allow.empty()) co_return ErrorResponse(404, "no such path");
  if (!match.route) {
    Response response = ErrorResponse(405, "methods accepted: " + match.allow);
    response.headers.emplace_back("Allow", match.allow);
    co_return response;
  }
  request.tail = std::string(match.tail);
  beast::error_code ignored;
  const auto remote = stream_.socket().remote_endpoint(ignored);
  request.remote = remote.address().to_string(ignored) + ":" + std::to_string(remote.port());
  if (match.route->lane == Lane::kInline) co_return Answer(*match.route, request, service_->counters);
  co_return co_await AnswerOnPool(*match.route, std::move(request));
}

/// Empty when the server stopped before the handler had an answer.
asio::awaitable<std::optional<Response>> Session::AnswerOnPool(const Router::Route& route, Request request) {
  answer_.reset();
  answered_.expires_at(asio::steady_timer::time_point::max());
  // The job holds the service, whose router owns the handler: both may outlive the server when the job is abandoned.
  // It holds the session only weakly, and never touches it: that is the io thread's.
  const bool taken =
      service_->pool->Submit([service = service_, session = weak_from_this(), &route, request = std::move(request)] {
        Response response = Answer(route, request, service->counters);
        asio::post(service->io, [session, response = std::move(response)]() mutable {
          if (const auto self = session.lock()) self->Complete(std::move(response));
        });
      });
  if (!taken) {
    Count(service_->counters.overloaded);
    Response response = ErrorResponse(503, "too many requests at once");
    response.headers.emplace_back("Retry-After", "1");
    co_return response;
  }
  beast::error_code cancelled;
  co_await answered_.async_wait(Into(cancelled));
  co_return std::exchange(answer_, std::nullopt);
}

void Session::Complete(Response response) {
  answer_ = std::move(response);
  answered_.cancel();
}

asio::awaitable<bool> Session::Write(const Response& response, unsigned version, bool keep_alive, bool head) {
  bhttp::response<PiecesBody> message;
  message.version(version);
  message.result(response.status);
  message.keep_alive(keep_alive);
  message.set(bhttp::field::date, HttpDate());
  message.set("X-Content-Type-Options", "nosniff");
  for (const auto& [name, value] : response.headers) message.insert(name, value);
  const bool bodiless = response.status < 200 || response.status == 204 || response.status == 304;
  if (!bodiless) {
    message.set(bhttp::field::content_type, response.content_type);
    message.content_length(response.chain ? response.chain->size() : response.body.size());
    if (!head) message.body() = PiecesOf(response);
  }
  beast::error_code error;
  stream_.expires_after(service_->options.write_timeout);
  co_await bhttp::async_write(stream_, message, Into(error));
  CountTimeout(error);
  co_return !error && !response.break_after;
}

/// Reads on until the client has closed too: closing a socket with unread bytes resets the connection, and the reset
/// may overtake the answer.
asio::awaitable<void> Session::Linger() {
  beast::error_code error;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, error);
  stream_.expires_after(service_->stop.stop_requested() ? kLingerTimeoutAtStop : kLingerTimeout);
  std::size_t total = 0;
  while (!error && total < kLingerBytes) {
    buffer_.clear();
    const std::size_t bytes = co_await stream_.async_read_some(buffer_.prepare(kReadBytes), Into(error));
    total += bytes;
  }
}

void Session::CountTimeout(const Error& error) {
  if (error == beast::error::timeout) Count(service_->counters.timeouts);
}

}  // namespace guildscope::http
