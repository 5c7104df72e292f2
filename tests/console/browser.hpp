#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "guildscope/testing/process.hpp"

namespace guildscope::testing {

/// A page of a browser, driven by the DevTools protocol.
///
/// Threads: one. Throws std::runtime_error when the browser does not answer, refuses a call, or a script throws.
class Page {
 public:
  /// `port` is the browser's, `path` that of the page's debugger.
  Page(std::uint16_t port, const std::string& path);
  ~Page();
  Page(const Page&) = delete;
  Page& operator=(const Page&) = delete;

  /// A method of the protocol; returns its result.
  nlohmann::json Call(const std::string& method, const nlohmann::json& params = nlohmann::json::object());

  /// Goes to an address and waits until everything that it names is there.
  void Open(const std::string& url);

  /// The value of an expression; of a promise, what it is resolved to.
  nlohmann::json Evaluate(const std::string& expression);

  /// Waits until the expression is true; else fails the test with what the page shows.
  void Expect(const std::string& expression);

  /// Everything that people read.
  std::string Text();

  /// A key, as if a person had pressed it: `Enter`, `ArrowUp`, `Tab`.
  void Press(const std::string& key, int code);

  /// What the browser or the page complained about: errors and warnings of the log and the console, exceptions.
  [[nodiscard]] std::vector<std::string> Complaints();

  /// Requests of the page's scripts so far, `PUT http://…`.
  [[nodiscard]] std::vector<std::string> Requests();
  /// The largest number of these that were under way at once.
  [[nodiscard]] int MostRequestsAtOnce();

  /// Waits for an event of the protocol that is yet to come.
  void Await(const std::string& event);

 private:
  nlohmann::json Receive();
  void Note(const std::string& method, const nlohmann::json& params);

  struct Socket;
  std::unique_ptr<Socket> socket_;
  int last_id_ = 0;
  std::vector<std::string> complaints_;
  std::vector<std::string> requests_;
  std::vector<std::string> under_way_;  // ids
  int most_at_once_ = 0;
  std::string last_event_;
};

/// A real Chromium without a window. Needs the program chromium-headless-shell, or chromium.
class Browser {
 public:
  Browser();
  ~Browser();
  Browser(const Browser&) = delete;
  Browser& operator=(const Browser&) = delete;

  /// An empty page. Names that end in `.test` lead to this machine.
  [[nodiscard]] std::unique_ptr<Page> NewPage();

 private:
  const std::filesystem::path profile_;
  std::unique_ptr<Process> process_;
  std::uint16_t port_ = 0;
};

}  // namespace guildscope::testing
