#include "apps/disruptor/music/audio/single_flight.hpp"

#include <atomic>
#include <latch>

#include "apps/disruptor/music/audio/audio_fixture.hpp"

namespace disruptor::music {
namespace {

AudioFilePtr AnyFile() { return std::make_shared<const AudioFile>(); }

class SingleFlightTest : public testing::Test {
 protected:
  SingleFlight flights_;
  std::atomic<int> runs_{0};
};

TEST_F(SingleFlightTest, DoesItOnceForAllWhoWait) {
  std::latch go(1);
  const AudioFilePtr file = AnyFile();
  std::atomic<int> got{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        const auto result = flights_.Do("a", {}, [&] {
          ++runs_;
          go.wait();
          return file;
        });
        if (result == file) ++got;
      });
    }
    EXPECT_TRUE(Becomes([&] { return flights_.waiting() == 3; }));
    EXPECT_NE(flights_.Do("b", {}, AnyFile), file);  // another key waits for nobody
    go.count_down();
  }
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(got, 4);
  EXPECT_EQ(flights_.waiting(), 0U);
}

TEST_F(SingleFlightTest, GivesTheErrorToAllAndForgetsIt) {
  std::latch go(1);
  std::atomic<int> failed{0};
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([&] {
        const std::string type = ErrorOf([&] {
          (void)flights_.Do("a", {}, [&]() -> AudioFilePtr {
            ++runs_;
            go.wait();
            throw MediaError(MediaError::Type::kNotFound, "gone");
          });
        });
        if (type == "not_found") ++failed;
      });
    }
    EXPECT_TRUE(Becomes([&] { return flights_.waiting() == 2; }));
    go.count_down();
  }
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(failed, 3);
  EXPECT_TRUE(flights_.Do("a", {}, AnyFile));
}

TEST_F(SingleFlightTest, LetsAnotherDoItWhenTheFirstIsStopped) {
  std::stop_source first;
  std::latch begun(1);
  std::string first_error;
  AudioFilePtr second_result;
  std::jthread one([&] {
    first_error = ErrorOf([&] {
      (void)flights_.Do("a", first.get_token(), [&]() -> AudioFilePtr {
        ++runs_;
        begun.count_down();
        while (!first.stop_requested()) std::this_thread::yield();
        throw MediaError(MediaError::Type::kStopped, "stopped");
      });
    });
  });
  begun.wait();
  std::jthread two([&] {
    second_result = flights_.Do("a", {}, [&] {
      ++runs_;
      return AnyFile();
    });
  });
  EXPECT_TRUE(Becomes([&] { return flights_.waiting() == 1; }));
  first.request_stop();
  one.join();
  two.join();
  EXPECT_EQ(first_error, "stopped");
  EXPECT_TRUE(second_result);
  EXPECT_EQ(runs_, 2);
}

TEST_F(SingleFlightTest, LetsGoOfWhoWaitsAndIsStopped) {
  std::latch go(1);
  std::latch begun(1);
  std::jthread one([&] {
    (void)flights_.Do("a", {}, [&] {
      begun.count_down();
      go.wait();
      return AnyFile();
    });
  });
  begun.wait();
  std::stop_source second;
  std::string error;
  std::jthread two([&] { error = ErrorOf([&] { (void)flights_.Do("a", second.get_token(), AnyFile); }); });
  EXPECT_TRUE(Becomes([&] { return flights_.waiting() == 1; }));
  second.request_stop();
  two.join();
  EXPECT_EQ(error, "stopped");
  go.count_down();
}

}  // namespace
}  // namespace disruptor::music
