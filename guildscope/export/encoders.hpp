#pragma once

#include <opentelemetry/proto/resource/v1/resource.pb.h>

#include <memory>

#include "guildscope/export/item.hpp"
#include "guildscope/export/text_cleaner.hpp"

namespace guildscope::exporting {

/// LogRecordables into an ExportLogsServiceRequest.
class LogEncoder final : public Encoder {
 public:
  LogEncoder(opentelemetry::proto::resource::v1::Resource resource, std::shared_ptr<const Redactor> redactor)
      : resource_(std::move(resource)), cleaner_(std::move(redactor)) {}
  Request Encode(const Items& items) override;

 private:
  const opentelemetry::proto::resource::v1::Resource resource_;
  const TextCleaner cleaner_;
};

}  // namespace guildscope::exporting
