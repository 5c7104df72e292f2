#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace guildscope::testing {

/// A request as it came, its body whole.
struct SeenRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  ///< Names in lower case; the last of a name.
  std::string body;
  std::uint64_t connection = 0;  ///< Counted from 1.
};

/// What the server does with a request.
struct ScriptedAnswer {
  enum class Then {
    kKeep,   ///< Waits for the next request.
    kClose,  ///< Closes the connection.
    kReset,  ///< Resets it.
    kHold,   ///< Says nothing more, until the client has enough or the server ends.
  };
  std::string bytes{};  ///< As they go out, headers and all; see MakeAnswer.
  Then then = Then::kKeep;
};

/// A whole HTTP/1.1 response; with a Content-Length unless there is one.
[[nodiscard]] std::string MakeAnswer(int status, std::string_view body = "",
                                     const std::map<std::string, std::string>& headers = {});

/// An HTTP/1.1 server on 127.0.0.1 that answers, rightly or wrongly, what a test says: for clients that must survive
/// what servers do. A thread a connection.
///
/// Threads: any; the script is called by one thread at a time. Lifetime: the destructor closes every connection.
class ScriptedServer {
 public:
  using Script = std::function<ScriptedAnswer(const SeenRequest&)>;

  /// Throws std::runtime_error when it cannot listen.
  explicit ScriptedServer(Script script);
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// `http://127.0.0.1:PORT`.
  [[nodiscard]] std::string url() const;

  /// Everything that came, in order.
  [[nodiscard]] std::vector<SeenRequest> requests() const;
  [[nodiscard]] std::uint64_t connections() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace guildscope::testing
