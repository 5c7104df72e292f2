#include "apps/disruptor/discord/dpp_message_sender.hpp"

#include <memory>
#include <utility>
#include <variant>

#include "apps/disruptor/discord/one_result.hpp"

namespace disruptor {
namespace {

/// What the last attempt was told.
struct Answer {
  std::atomic<int> status{0};
  std::atomic<Snowflake> message{0};
};

}  // namespace

void DppMessageSender::Send(Snowflake channel, Snowflake message, const std::string& text, Done done) {
  auto answer = std::make_shared<Answer>();
  const auto request = [this, channel, message, text, answer](dpp::command_completion_event_t end) {
    dpp::message content(channel, text);
    content.set_allowed_mentions(false, false, false, false);
    content.id = message;
    auto told = [answer, end = std::move(end)](const dpp::confirmation_callback_t& result) {
      answer->status = AnswerStatus(result);
      if (const auto* posted = std::get_if<dpp::message>(&result.value)) answer->message = posted->id;
      end(result);
    };
    if (message == 0) return bot_.message_create(content, std::move(told));
    bot_.message_edit(content, std::move(told));
  };
  retry_.Send(
      message == 0 ? "progress message" : "progress edit", request,
      [answer, done = std::move(done), counted = std::make_shared<Counted>(active_)](bool success) {
        const int status = answer->status;
        const bool refused = status >= 400 && status < 500 && status != 429;
        done(success ? Outcome::kSent : (refused ? Outcome::kGone : Outcome::kFailed), answer->message);
      },
      kPatientRetries);
}

}  // namespace disruptor
