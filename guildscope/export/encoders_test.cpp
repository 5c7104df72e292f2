#include "guildscope/export/encoders.hpp"

#include <gtest/gtest.h>
#include <opentelemetry/logs/severity.h>
#include <opentelemetry/proto/collector/logs/v1/logs_service.pb.h>

#include "guildscope/export/log_recordable.hpp"

namespace guildscope::exporting {
namespace {

namespace otel = opentelemetry;
namespace collector = otel::proto::collector;

class EncodersTest : public ::testing::Test {
 protected:
  EncodersTest() { redactor_->AddSecret("secret-of-the-bot"); }

  otel::proto::resource::v1::Resource Resource() {
    otel::proto::resource::v1::Resource resource;
    resource.add_attributes()->set_key("service.name");
    return resource;
  }

  std::shared_ptr<Redactor> redactor_ = std::make_shared<Redactor>();
};

TEST_F(EncodersTest, ReplaceSecretsAndInvalidUtf8InEveryText) {
  auto settings = std::make_shared<const LogSettings>(config::AttributeLimits{}, redactor_);
  const std::string bad = "secret-of-the-bot \xff";
  const std::vector<otel::nostd::string_view> list{bad};
  auto log = std::make_unique<LogRecordable>(settings);
  log->SetBody(otel::nostd::string_view(bad));
  log->SetEventId(1, bad);
  log->SetAttribute("text", otel::nostd::string_view(bad));
  log->SetAttribute("list", otel::nostd::span<const otel::nostd::string_view>(list.data(), list.size()));
  log->SetAttribute("key \xff", true);
  log->SetSeverity(otel::logs::Severity::kWarn);
  Items items;
  items.push_back(std::move(log));
  collector::logs::v1::ExportLogsServiceRequest decoded;
  ASSERT_TRUE(decoded.ParseFromString(LogEncoder(Resource(), redactor_).Encode(items).bytes))
      << "protocol buffers refuse text that is no UTF-8";
  const auto& record = decoded.resource_logs(0).scope_logs(0).log_records(0);
  const std::string good = "*** \xEF\xBF\xBD";
  EXPECT_EQ(record.body().string_value(), good);
  EXPECT_EQ(record.event_name(), good);
  EXPECT_EQ(record.attributes(0).value().string_value(), good);
  EXPECT_EQ(record.attributes(1).value().array_value().values(0).string_value(), good);
  EXPECT_EQ(record.attributes(2).key(), "key \xEF\xBF\xBD");
  EXPECT_EQ(record.severity_number(), otel::proto::logs::v1::SEVERITY_NUMBER_WARN);
  EXPECT_EQ(record.severity_text(), "WARN");
}

TEST_F(EncodersTest, ALogRecordKeepsItsAttributeLimit) {
  auto settings =
      std::make_shared<const LogSettings>(config::AttributeLimits{.value_length = 3, .count = 1}, redactor_);
  LogRecordable log(settings);
  log.SetBody("a body is no attribute");
  log.SetAttribute("kept", "abcdef");
  log.SetAttribute("dropped", "x");
  EXPECT_EQ(log.record().body().string_value(), "a body is no attribute");
  EXPECT_EQ(log.record().attributes(0).value().string_value(), "abc");
  EXPECT_EQ(log.record().dropped_attributes_count(), 1);
}

}  // namespace
}  // namespace guildscope::exporting
