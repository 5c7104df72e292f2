#include "guildscope/base/redactor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace guildscope {
namespace {

TEST(Redactor, LeavesOrdinaryTextAsItCame) {
  const Redactor redactor;
  EXPECT_EQ(redactor.Redact("GET /channels/42/messages 200 in 12 ms"), "GET /channels/42/messages 200 in 12 ms");
}

TEST(Redactor, ReplacesEveryOccurrenceOfARegisteredSecret) {
  Redactor redactor;
  redactor.AddSecret("s3cr3t-token");
  EXPECT_EQ(redactor.Redact("a s3cr3t-token b s3cr3t-token"), "a *** b ***");
}

TEST(Redactor, ReplacesTheLongerOfTwoSecretsThatOverlap) {
  Redactor redactor;
  redactor.AddSecret("abcd");
  redactor.AddSecret("abcdefgh");
  EXPECT_EQ(redactor.Redact("abcdefgh"), "***");
}

TEST(Redactor, IgnoresSecretsTooShortToBeOne) {
  Redactor redactor;
  redactor.AddSecret("");
  redactor.AddSecret("abc");
  EXPECT_EQ(redactor.Redact("abcabc"), "abcabc");
}

TEST(Redactor, MasksTheValueOfAnAuthorizationHeader) {
  const Redactor redactor;
  EXPECT_EQ(redactor.Redact("Authorization: Bot abc.def\r\nHost: x"), "Authorization: ***\r\nHost: x");
  EXPECT_EQ(redactor.Redact(R"({"authorization": "Bearer abc"})"), R"({"authorization": "***"})");
  EXPECT_EQ(redactor.Redact("no authorization"), "no authorization");
}

TEST(Redactor, MasksThePasswordOfAUrlAndKeepsTheRest) {
  const Redactor redactor;
  EXPECT_EQ(redactor.Redact("cannot reach postgresql://bot:p@ss@db:5432/x: refused"),
            "cannot reach postgresql://bot:***@db:5432/x: refused");
  EXPECT_EQ(redactor.Redact("http://host:8080/a@b"), "http://host:8080/a@b");
}

TEST(Redactor, MasksTheTokenOfInteractionAndWebhookRoutes) {
  const Redactor redactor;
  EXPECT_EQ(redactor.Redact("POST /interactions/123/aW50ZXI/callback"), "POST /interactions/123/***/callback");
  EXPECT_EQ(redactor.Redact("/webhooks/9/tok?wait=true"), "/webhooks/9/***?wait=true");
  EXPECT_EQ(redactor.Redact("/webhooks/{webhook.id}/{webhook.token}"), "/webhooks/{webhook.id}/{webhook.token}");
}

TEST(Redactor, WorksOnceOnWhatItHasMasked) {
  Redactor redactor;
  redactor.AddSecret("s3cr3t-token");
  const std::string text = redactor.Redact(
      "POST /interactions/1/abc/callback, postgresql://bot:pw@db/x, a s3cr3t-token\nAuthorization: Bot abc");
  EXPECT_EQ(text, "POST /interactions/1/***/callback, postgresql://bot:***@db/x, a ***\nAuthorization: ***");
  EXPECT_FALSE(redactor.NeedsRedaction(text));
}

TEST(Redactor, KnowsASecretOfZerosToo) {
  Redactor redactor;
  redactor.AddSecret(std::string_view("\0\0\0\0", 4));
  EXPECT_FALSE(redactor.NeedsRedaction("short"));
  EXPECT_FALSE(redactor.NeedsRedaction(std::string_view("x\0\0\0", 4)));
  EXPECT_TRUE(redactor.NeedsRedaction(std::string_view("x\0\0\0\0", 5)));
}

TEST(Redactor, FindsASecretAtEveryPlaceOfATextOfAnyLength) {
  Redactor redactor;
  redactor.AddSecret("token");
  for (std::size_t size = 0; size < 70; ++size) {
    EXPECT_FALSE(redactor.NeedsRedaction(std::string(size, 'e')));
    for (std::size_t at = 0; at + 5 <= size; ++at) {
      std::string text(size, 'e');
      text.replace(at, 5, "token");
      ASSERT_TRUE(redactor.NeedsRedaction(text)) << text;
      text[at + 4] = 'm';
      ASSERT_FALSE(redactor.NeedsRedaction(text)) << text;
    }
  }
}

/// Numbers that are the same in every run.
class Random {
 public:
  std::size_t Below(std::size_t end) {
    state_ = state_ * 6364136223846793005U + 1442695040888963407U;
    return (state_ >> 33) % end;
  }

 private:
  std::uint64_t state_ = 1;
};

const std::vector<std::string> kSecrets = {"token", "aaab", "password", "MTk4NjIyNDgz.Cl2FMQ.Zn", "//x@y"};

/// Pieces that together are often nearly, and sometimes really, something secret.
std::string RandomText(Random& random) {
  static const std::vector<std::string> pieces = {"authorization",
                                                  "AuthoriZation",
                                                  "authorizatio",
                                                  ":",
                                                  "=",
                                                  " ",
                                                  "\"",
                                                  "\n",
                                                  "://",
                                                  "u:p@h",
                                                  "@",
                                                  "/",
                                                  "user:",
                                                  "***",
                                                  "*",
                                                  "1",
                                                  "234",
                                                  "/webhooks/",
                                                  "/interactions/",
                                                  "?",
                                                  "tok",
                                                  "token",
                                                  "aaa",
                                                  "aaaab",
                                                  "b",
                                                  "x",
                                                  "pass",
                                                  "password",
                                                  "MTk4NjIyNDgz.Cl2FMQ.Z",
                                                  "n",
                                                  "zat"};
  std::string text;
  for (std::size_t left = random.Below(12); left > 0; --left) text += pieces[random.Below(pieces.size())];
  return text;
}

// A secret on a line of its own makes Redact go over the whole text, whatever the scan finds in the rest of it.
bool ChangesWithoutTheScan(const Redactor& redactor, const std::string& text) {
  return redactor.Redact(text + "\n|token") != text + "\n|***";
}

TEST(Redactor, SaysWhetherItWouldChangeAText) {
  Redactor redactor;
  for (const std::string& secret : kSecrets) redactor.AddSecret(secret);
  Random random;
  int changed = 0;
  constexpr int kTexts = 50'000;
  for (int i = 0; i < kTexts; ++i) {
    const std::string text = RandomText(random);
    const bool changes = ChangesWithoutTheScan(redactor, text);
    changed += changes ? 1 : 0;
    ASSERT_EQ(redactor.NeedsRedaction(text), changes) << text;
    ASSERT_EQ(redactor.Redact(text) != text, changes) << text;
  }
  EXPECT_GT(changed, kTexts / 10);
  EXPECT_LT(changed, kTexts * 9 / 10);
}

TEST(Redactor, MissesNothingInsideAMessage) {
  Redactor redactor;
  for (const std::string& secret : kSecrets) redactor.AddSecret(secret);
  Random random;
  const auto bytes = [&](std::size_t size) {
    std::string result;
    // Mostly what lies between the texts of a message, and what the shapes are made of.
    while (result.size() < size) result += "\x0a\x12\x2a\x22\x1a\x05\x0b*\"/:@ a1\xff"[random.Below(16)];
    return result;
  };
  for (int i = 0; i < 50'000; ++i) {
    const std::string text = RandomText(random);
    const std::string message = bytes(random.Below(8)) + text + bytes(random.Below(40));
    ASSERT_TRUE(!redactor.NeedsRedaction(text) || redactor.NeedsRedaction(message)) << message;
  }
}

TEST(Redactor, LearnsASecretWhileOthersLook) {
  Redactor redactor;
  std::vector<std::string> secrets;
  for (int i = 0; i < 100; ++i) secrets.push_back("secret-number-" + std::to_string(i) + ".");
  std::atomic<std::size_t> added = 0;
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 2; ++reader) {
    readers.emplace_back([&] {
      std::size_t known = 0;
      while (known < secrets.size()) {
        known = added.load();
        for (std::size_t i = 0; i < known; ++i) ASSERT_TRUE(redactor.NeedsRedaction("a " + secrets[i])) << i;
        ASSERT_EQ(redactor.Redact("nothing of the kind"), "nothing of the kind");
        if (known > 0) {
          ASSERT_EQ(redactor.Redact("a " + secrets[known - 1]), "a ***");
        }
      }
    });
  }
  for (const std::string& secret : secrets) {
    redactor.AddSecret(secret);
    ++added;
    std::this_thread::yield();
  }
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace guildscope
