#pragma once

#include <opentelemetry/proto/resource/v1/resource.pb.h>

#include <memory>
#include <string>
#include <vector>

#include "guildscope/export/item.hpp"
#include "guildscope/export/wire_cleaner.hpp"

namespace guildscope::exporting {

/// WireItems into an ExportTraceServiceRequest or an ExportLogsServiceRequest: their bytes one after the other, grouped
/// by scope in the order in which the scopes first appear.
class WireEncoder final : public Encoder {
 public:
  /// `message` is kSpan or kLogRecord.
  WireEncoder(WireMessage message, const opentelemetry::proto::resource::v1::Resource& resource,
              std::shared_ptr<const Redactor> redactor);
  Request Encode(const Items& items) override;

 private:
  struct Group;

  const WireMessage message_;
  const std::string resource_;
  const WireCleaner cleaner_;
};

}  // namespace guildscope::exporting
