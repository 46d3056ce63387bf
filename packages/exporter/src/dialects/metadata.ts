/**
 * The metadata that an application handed to its instrumentation, apart from what the same map holds beside it: identity and tags, which have
 * fields of their own, and what a framework writes there about itself (LangChain and LangSmith above all).
 */
import type { Reading } from '../interaction/reading.ts';
import { asText, asTexts, jsonOrText } from './attributes.ts';

/** `userId`, `user_id`, `user-id`, `user.id`: the same to whoever writes them. */
const IDENTITY = /^(?:(?:user|session|thread|conversation)[_.-]?(?:id|uuid)|tags)$/i;
const FRAMEWORK =
  /^(?:ls_|lc_|langgraph_|langsmith_|langchain_|__)|^(?:usage_metadata|versions|revision_id|checkpoint_(?:id|ns|map)|run_id)$/i;
/** LangChain adds the parameters of a model call; that it was LangChain says `ls_integration`. */
const INVOCATION =
  /^(?:model(?:_name)?|temperature|top_[pk]|max_(?:tokens|completion_tokens|output_tokens)|stream(?:_options|ing)?|stop|n|seed|tools|tool_choice|parallel_tool_calls|response_format|(?:frequency|presence)_penalty)$/;

/** One entry a key, JSON of objects and lists opened; `undefined` where nothing is left. */
export function applicationMetadata(
  entries: Iterable<readonly [key: string, value: unknown]>,
): ReadonlyMap<string, unknown> | undefined {
  const given = new Map(entries);
  const isLangChain = given.has('ls_integration');
  const own = [...given].filter(
    ([key, value]) =>
      value !== undefined &&
      value !== null &&
      !IDENTITY.test(key) &&
      !FRAMEWORK.test(key) &&
      !(isLangChain && INVOCATION.test(key)),
  );
  return own.length > 0 ? new Map(own.map(([key, value]) => [key, jsonOrText(value)])) : undefined;
}

/** Whose span it is, by the names under which applications commonly put it into their metadata; a session's own name before a thread's. */
export function identityIn(
  entries: Iterable<readonly [key: string, value: unknown]>,
): Pick<Reading, 'sessionId' | 'userId' | 'tags'> {
  const given = new Map([...entries].map(([key, value]) => [key.replaceAll(/[_.-]/g, '').toLowerCase(), value]));
  const first = (...keys: readonly string[]): string | undefined =>
    keys.map((key) => asText(given.get(key))).find((id) => id !== undefined);
  return {
    sessionId: first(...['session', 'thread', 'conversation'].flatMap((word) => [`${word}id`, `${word}uuid`])),
    userId: first('userid', 'useruuid'),
    tags: asTexts(given.get('tags')),
  };
}
