#include "guildscope/base/redactor.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace guildscope
