#pragma once

#include <memory>
#include <vector>

#include "guildscope/export/signal.hpp"

namespace guildscope::exporting {

/// A finished span or log record on its way through a queue: only the encoder of its signal knows what it is.
class Item {
 public:
  virtual ~Item() = default;
};
using Items = std::vector<std::unique_ptr<Item>>;

/// Makes one request of many items. Threads: one at a time.
class Encoder {
 public:
  virtual ~Encoder() = default;
  /// Takes what the items hold.
  virtual Request Encode(const Items& items) = 0;
};

}  // namespace guildscope::exporting
