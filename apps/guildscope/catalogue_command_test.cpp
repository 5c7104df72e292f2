#include "apps/guildscope/catalogue_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace guildscope {
namespace {

using ::testing::HasSubstr;

TEST(Catalogue, IsWhatTheDocumentSays) {
  std::ifstream file(GUILDSCOPE_SOURCE_DIR "/docs/metrics.md");
  std::stringstream document;
  document << file.rdbuf();
  EXPECT_EQ(document.str(), CatalogueMarkdown("disruptor"))
      << "make it again: build/bin/guildscope catalogue --format md > docs/metrics.md";
}

TEST(Catalogue, HasARowForEachMetric) {
  EXPECT_THAT(CatalogueMarkdown("bot"),
              HasSubstr("| `bot.scheduler.jobs` | `bot_scheduler_jobs_total` | counter | `{job}` | `handler_type`, "
                        "`status` | Scheduled jobs executed. |\n"));
}

TEST(Catalogue, SaysWhichBucketsAreNotTheDefault) {
  EXPECT_THAT(CatalogueMarkdown("bot"), HasSubstr("`10`, `30`, `60`, `120`. |\n"));
}

TEST(Catalogue, IsReadableByPrograms) {
  const auto rows = nlohmann::json::parse(CatalogueJson("bot"));
  const auto row = std::find_if(rows.begin(), rows.end(), [](const auto& candidate) {
    return candidate["name"] == "bot.scheduler.job.duration";
  });
  ASSERT_NE(row, rows.end());
  EXPECT_EQ((*row)["prometheus_name"], "bot_scheduler_job_duration_seconds");
  EXPECT_EQ((*row)["kind"], "histogram");
  EXPECT_EQ((*row)["unit"], "s");
  EXPECT_EQ((*row)["labels"], nlohmann::json({"handler_type", "status"}));
  EXPECT_EQ((*row)["buckets"].back(), 120);
}

}  // namespace
}  // namespace guildscope
