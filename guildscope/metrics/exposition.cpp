#include "guildscope/metrics/exposition.hpp"

#include "guildscope/metrics/protobuf_exposition.hpp"
#include "guildscope/metrics/replay.hpp"
#include "guildscope/metrics/text_exposition.hpp"

namespace guildscope::metrics {
namespace {

template <typename Tell>
ByteChain Write(Format format, Tell tell) {
  ByteChain out;
  if (format == Format::kProtobuf) {
    ProtobufExposition exposition(out);
    tell(exposition);
    exposition.Finish();
  } else {
    TextExposition exposition(format == Format::kOpenMetrics ? TextFormat::kOpenMetrics : TextFormat::kPrometheus, out);
    tell(exposition);
    exposition.Finish();
  }
  return out;
}

}  // namespace

ByteChain Expose(Registry& registry, Format format) {
  return Write(format, [&](Collector& collector) { registry.Collect(collector); });
}

ByteChain Expose(const Snapshot& snapshot, Format format) {
  return Write(format, [&](Collector& collector) { Replay(snapshot, collector); });
}

}  // namespace guildscope::metrics
