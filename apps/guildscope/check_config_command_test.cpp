#include "apps/guildscope/check_config_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace guildscope {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

class CheckConfig : public ::testing::Test {
 protected:
  CheckConfig() : file_(::testing::TempDir() + "check_config_" + std::to_string(getpid()) + ".yaml") {}
  ~CheckConfig() override { std::filesystem::remove(file_); }

  SettingsCheck Check(const std::string& yaml, std::map<std::string, std::string> variables = {}) {
    std::ofstream(file_) << yaml;
    return CheckSettings(file_, config::MapEnvironment(std::move(variables)));
  }

  std::string file_;
};

TEST_F(CheckConfig, AcceptsWhatTheBotAccepts) {
  EXPECT_THAT(Check("discord: {token: '${TOKEN}'}\nmonitoring: {prefix: my_bot}\n", {{"TOKEN", "abc"}}).problems,
              IsEmpty());
}

TEST_F(CheckConfig, NamesProblemsOfTheBotTheTelemetryAndTheVariablesTogether) {
  const SettingsCheck check = Check("discord:\n  token: [hunter22]\nmonitoring:\n  prefx: my_bot\n",
                                    {{"OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"}});
  EXPECT_THAT(check.problems,
              UnorderedElementsAre(HasSubstr(file_ + ":2: discord.token: found a list; accepted a text"),
                                   HasSubstr(file_ + ":4: monitoring.prefx: found an unknown key; "
                                                     "accepted 'monitoring.prefix'"),
                                   HasSubstr("environment: OTEL_EXPORTER_OTLP_PROTOCOL: ")));
  EXPECT_THAT(check.problems, Each(Not(HasSubstr("hunter22"))));
}

TEST_F(CheckConfig, WarnsOfVariablesThatAreIgnored) {
  const SettingsCheck check = Check("", {{"DISCORD_TOKEN", "abc"}, {"OTEL_TRACES_SAMPLER", "most"}});
  EXPECT_THAT(check.problems, IsEmpty());
  EXPECT_THAT(check.warnings, ElementsAre(HasSubstr("OTEL_TRACES_SAMPLER")));
}

TEST_F(CheckConfig, NamesWhatOnlyTheBotCanSee) {
  EXPECT_THAT(Check("").problems, Contains(HasSubstr("discord.token: found nothing")));
  EXPECT_THAT(Check("discord: {token: abc, clusters: 2, cluster_id: 2}\n").problems,
              ElementsAre(AllOf(HasSubstr(file_ + ":1: discord.cluster_id"), HasSubstr("less than discord.clusters"))));
}

TEST_F(CheckConfig, NamesAFileThatIsMissing) {
  EXPECT_THAT(CheckSettings("/no/such.yaml", config::MapEnvironment({})).problems,
              ElementsAre("/no/such.yaml: found no such file; accepted a readable YAML file"));
}

}  // namespace
}  // namespace guildscope
