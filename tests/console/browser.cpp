#include "tests/console/browser.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <regex>
#include <stdexcept>

#include "guildscope/testing/http_client.hpp"
#include "tests/support/world.hpp"

namespace guildscope::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto kLimit = 60s;  // for a machine that is busy with other things

std::string Program() {
  for (const char* path : {"/usr/bin/chromium-headless-shell", "/usr/bin/chromium"}) {
    if (std::filesystem::exists(path)) return path;
  }
  throw std::runtime_error("there is no chromium-headless-shell: run scripts/setup --test");
}

}  // namespace

struct Page::Socket {
  asio::io_context io;
  beast::websocket::stream<asio::ip::tcp::socket> stream{io};
  beast::flat_buffer buffer;
};

Page::Page(std::uint16_t port, const std::string& path) : socket_(std::make_unique<Socket>()) {
  auto& stream = socket_->stream;
  stream.next_layer().connect({asio::ip::address_v4::loopback(), port});
  stream.auto_fragment(false);  // DevTools takes whole messages alone
  stream.read_message_max(64 * 1024 * 1024);
  stream.handshake("127.0.0.1:" + std::to_string(port), path);
  for (const char* domain : {"Page", "Runtime", "Log", "Network"}) Call(std::string(domain) + ".enable");
}

Page::~Page() = default;

json Page::Receive() {
  bool done = false;
  beast::error_code error;
  socket_->stream.async_read(socket_->buffer, [&](beast::error_code result, std::size_t) {
    done = true;
    error = result;
  });
  socket_->io.restart();
  socket_->io.run_for(kLimit);
  if (!done) {
    socket_->stream.next_layer().close();
    socket_->io.restart();
    socket_->io.run();  // `done` and `error` are this function's
    throw std::runtime_error("the browser says nothing");
  }
  if (error) throw std::runtime_error("the browser ended the conversation: " + error.message());
  json message = json::parse(beast::buffers_to_string(socket_->buffer.data()));
  socket_->buffer.clear();
  if (message.contains("method")) Note(message["method"], message["params"]);
  return message;
}

void Page::Note(const std::string& method, const json& params) {
  last_event_ = method;
  if (method == "Log.entryAdded" && params["entry"]["level"] != "info" && params["entry"]["level"] != "verbose") {
    complaints_.push_back(params["entry"]["text"].get<std::string>() + " " + params["entry"].value("url", ""));
  } else if (method == "Runtime.exceptionThrown") {
    complaints_.push_back(params["exceptionDetails"].dump());
  } else if (method == "Runtime.consoleAPICalled" && (params["type"] == "error" || params["type"] == "warning")) {
    complaints_.push_back(params["args"].dump());
  } else if (method == "Network.requestWillBeSent" && params["type"] == "Fetch") {
    requests_.push_back(params["request"]["method"].get<std::string>() + " " +
                        params["request"]["url"].get<std::string>());
    under_way_.push_back(params["requestId"]);
    most_at_once_ = std::max(most_at_once_, static_cast<int>(under_way_.size()));
  } else if (method == "Network.loadingFinished" || method == "Network.loadingFailed") {
    std::erase(under_way_, params["requestId"].get<std::string>());
  }
}

json Page::Call(const std::string& method, const json& params) {
  const int id = ++last_id_;
  socket_->stream.write(asio::buffer(json{{"id", id}, {"method", method}, {"params", params}}.dump()));
  while (true) {
    const json message = Receive();
    if (message.value("id", 0) != id) continue;
    if (message.contains("error")) throw std::runtime_error(method + ": " + message["error"].dump());
    return message["result"];
  }
}

void Page::Await(const std::string& event) {
  for (last_event_.clear(); last_event_ != event;) Receive();
}

void Page::Open(const std::string& url) {
  const json result = Call("Page.navigate", {{"url", url}});
  if (result.contains("errorText")) throw std::runtime_error(url + ": " + result["errorText"].get<std::string>());
  Expect("document.readyState === 'complete' && location.href !== 'about:blank'");
}

json Page::Evaluate(const std::string& expression) {
  const json result =
      Call("Runtime.evaluate", {{"expression", expression}, {"awaitPromise", true}, {"returnByValue", true}});
  if (result.contains("exceptionDetails")) {
    throw std::runtime_error(expression + ": " + result["exceptionDetails"].dump());
  }
  return result["result"].value("value", json());
}

void Page::Expect(const std::string& expression) {
  if (!Eventually([&] { return Evaluate("Boolean(" + expression + ")") == true; })) {
    ADD_FAILURE() << "never true: " << expression << "\nThe page shows:\n" << Text();
  }
}

std::string Page::Text() { return Evaluate("document.body.innerText").get<std::string>(); }

void Page::Press(const std::string& key, int code) {
  json event{{"type", "keyDown"}, {"key", key}, {"code", key}, {"windowsVirtualKeyCode", code}};
  if (key == "Enter") event["text"] = "\r";
  Call("Input.dispatchKeyEvent", event);
  event["type"] = "keyUp";
  Call("Input.dispatchKeyEvent", event);
}

std::vector<std::string> Page::Complaints() {
  Evaluate("0");  // what was said before is read by then
  return complaints_;
}

std::vector<std::string> Page::Requests() {
  Evaluate("0");
  return requests_;
}

int Page::MostRequestsAtOnce() {
  Evaluate("0");
  return most_at_once_;
}

Browser::Browser() : profile_(std::filesystem::path(::testing::TempDir()) / ("browser_" + std::to_string(::getpid()))) {
  // No sandbox: it needs rights that a container mostly does not give, and the only pages are our own.
  process_ = std::make_unique<Process>(
      ProcessOptions{.command = {Program(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                                 "--no-first-run", "--disable-background-networking", "--remote-debugging-port=0",
                                 "--host-resolver-rules=MAP *.test 127.0.0.1", "--user-data-dir=" + profile_.string(),
                                 "about:blank"}});
  std::smatch port;
  std::string errors;
  const std::regex listening("ws://127\\.0\\.0\\.1:([0-9]+)/");
  if (!Eventually([&] { return std::regex_search(errors = process_->Errors(), port, listening); })) {
    throw std::runtime_error("the browser does not start: " + errors);
  }
  port_ = static_cast<std::uint16_t>(std::stoi(port[1]));
}

Browser::~Browser() {
  process_->Signal(SIGTERM);
  (void)process_->Wait(10s);
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(profile_, ignored);
}

std::unique_ptr<Page> Browser::NewPage() {
  const HttpResponse made = Send(port_, {.method = "PUT", .target = "/json/new?about:blank"});
  if (made.status != 200) throw std::runtime_error("no new page: " + made.body);
  const std::string url = json::parse(made.body)["webSocketDebuggerUrl"];
  return std::make_unique<Page>(port_, url.substr(url.find('/', 6)));
}

}  // namespace guildscope::testing
