// Requests to the bot: one under way at a time, whoever asks, so that a slow bot is not asked faster than it answers.

const kLimitMs = 10_000;

/** The bot did not answer: nobody there, or not in time. */
export class NoAnswer extends Error {}

let last = Promise.resolve();

/**
 * Asks when everything that was asked before has been answered.
 * Returns {ok, status, body}: the body as JSON, or null where it is none. Throws NoAnswer.
 */
export function ask(path, method = 'GET', body = undefined) {
  const answer = last.then(() => send(path, method, body));
  last = answer.catch(() => {});
  return answer;
}

async function send(path, method, body) {
  try {
    const response = await fetch(path, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers: body === undefined ? {} : {'Content-Type': 'application/json'},
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(kLimitMs),
    });
    const text = await response.text();
    return {ok: response.ok, status: response.status, body: parse(text)};
  } catch (error) {
    throw new NoAnswer(error.name === 'TimeoutError' ? `no answer within ${kLimitMs / 1000} s` : 'no connection');
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What an answer that is not OK says about itself. */
export function problemOf(answer) {
  return answer.body?.error ?? `the bot answered with status ${answer.status}`;
}
