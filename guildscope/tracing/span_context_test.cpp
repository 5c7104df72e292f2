#include "guildscope/tracing/span_context.hpp"

#include <gtest/gtest.h>

namespace guildscope::tracing {
namespace {

constexpr std::string_view kTraceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

TEST(SpanContext, SurvivesTheWayThroughATraceparent) {
  const auto context = SpanContext::FromTraceparent(kTraceparent);
  ASSERT_TRUE(context);
  EXPECT_TRUE(context->valid());
  EXPECT_TRUE(context->sampled);
  EXPECT_EQ(context->TraceIdHex(), "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(context->SpanIdHex(), "b7ad6b7169203331");
  EXPECT_EQ(context->ToTraceparent(), kTraceparent);
}

TEST(SpanContext, KeepsTheSamplingDecision) {
  const auto context = SpanContext::FromTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00");
  ASSERT_TRUE(context);
  EXPECT_FALSE(context->sampled);
  EXPECT_EQ(context->ToTraceparent().substr(52), "-00");
}

TEST(SpanContext, AcceptsALaterVersionWithMoreFields) {
  EXPECT_TRUE(SpanContext::FromTraceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more"));
  EXPECT_FALSE(SpanContext::FromTraceparent("01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01more"));
}

TEST(SpanContext, RefusesWhatIsNoTraceparent) {
  for (const char* text : {
           "",
           "00",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
           "00-00000000000000000000000000000000-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
           "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
           "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more",
           "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01",
           "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
       }) {
    EXPECT_FALSE(SpanContext::FromTraceparent(text)) << text;
  }
}

TEST(SpanContext, IsInvalidAndWithoutTextWhenItIsEmpty) {
  const SpanContext context;
  EXPECT_FALSE(context.valid());
  EXPECT_EQ(context.ToTraceparent(), "");
}

}  // namespace
}  // namespace guildscope::tracing
