#pragma once

#include <functional>
#include <string>
#include <vector>

#include "apps/discord_standin/gateway_session.hpp"

namespace standin {

/// For tests: a connection that keeps what it was given, and "writes" it at once unless it is told to hold back.
class FakeTransport : public GatewayTransport {
 public:
  void Send(std::string payload, std::function<void()> written) override {
    sent.push_back(Json::parse(payload));
    if (!holds_back && written) written();
  }
  void Close(unsigned code, const std::string&) override { close_code = code; }
  void Drop() override { dropped = true; }

  /// The dispatches of that type.
  [[nodiscard]] std::vector<Json> Events(const std::string& type) const {
    std::vector<Json> events;
    for (const Json& payload : sent) {
      if (payload["op"] == 0 && payload["t"] == type) events.push_back(payload);
    }
    return events;
  }

  std::vector<Json> sent;
  unsigned close_code = 0;
  bool dropped = false;
  bool holds_back = false;
};

}  // namespace standin
