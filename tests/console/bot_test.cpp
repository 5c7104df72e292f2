#include <gmock/gmock.h>

#include "tests/console/page_fixture.hpp"

namespace guildscope {
namespace {

using testing::Eventually;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(ConsoleOfTheBot, ShowsItAndChangesWhatItLogs) {
  testing::World world;
  world.StartStandin();
  world.StartBot();
  testing::Browser browser;
  const auto page = browser.NewPage();
  page->Open("http://127.0.0.1:" + std::to_string(world.playground().http_port()) + "/");
  page->Expect("document.getElementById('name').textContent === 'disruptor'");
  page->Expect("document.querySelector('li[data-name=random_join_scheduler]')?.innerText.endsWith('ok')");
  page->Expect("document.querySelector('li[data-name=db]')?.innerText.endsWith('ok')");
  page->Expect("document.querySelector('li[data-name=\"0\"]')?.innerText.endsWith('connected')");
  (void)world.Use(world.FirstGuild(), "status");
  page->Expect("document.querySelector('[data-chart=commands] .note')?.textContent.startsWith('1 command')");

  const auto log = [&] { return ReadAll(world.folder() / "logs" / "dpp.log"); };
  const std::string row = "document.querySelector('[data-logger=dpp]')";
  page->Expect(row + "?.querySelector('select').value === 'WARNING'");
  EXPECT_THAT(log(), Not(HasSubstr(" DEBUG ")));
  page->Evaluate("{const select = " + row +
                 ".querySelector('select'); select.value = 'DEBUG'; select.dispatchEvent(new Event('change'))}");
  page->Expect(row + ".classList.contains('changed')");
  (void)world.Use(world.FirstGuild(), "status");
  EXPECT_TRUE(Eventually([&] { return log().find(" DEBUG ") != std::string::npos; })) << log();
  EXPECT_THAT(page->Complaints(), IsEmpty());
  world.StopBot();
}

}  // namespace
}  // namespace guildscope
