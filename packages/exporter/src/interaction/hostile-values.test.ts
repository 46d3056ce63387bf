/** Whatever stands in spans and log events: nothing is thrown into the application, what leaves is JSON that every database takes, and no prototype is touched. */
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DiagLines } from '../../../sdk/src/testing/diag.ts';
import { BOTH_WAYS, startApplication } from '../testing/application.ts';
import { agent, chat, request, type SpanTree, tool } from '../testing/span-tree.ts';

/** Keys that some vocabulary reads, ours among them. */
const KNOWN_KEYS = `
  gen_ai.operation.name gen_ai.request.model gen_ai.response.model gen_ai.response.id gen_ai.response.finish_reasons gen_ai.input.messages
  gen_ai.output.messages gen_ai.system_instructions gen_ai.prompt gen_ai.completion gen_ai.prompt.0.content gen_ai.prompt.0.role gen_ai.completion.0.content
  gen_ai.usage.input_tokens gen_ai.usage.output_tokens gen_ai.usage.total_tokens gen_ai.tool.name gen_ai.tool.call.id gen_ai.tool.call.arguments
  gen_ai.tool.call.result gen_ai.agent.name gen_ai.conversation.id gen_ai.provider.name gen_ai.retrieval.documents gen_ai.response.time_to_first_chunk
  ai.operationId ai.prompt ai.prompt.messages ai.response.text ai.response.toolCalls ai.response.object ai.usage.promptTokens ai.toolCall.args
  ai.telemetry.metadata.x ai.response.providerMetadata openinference.span.kind input.value output.value input.mime_type metadata llm.input_messages.0.message.role
  llm.input_messages.0.message.content llm.token_count.prompt llm.model_name llm.invocation_parameters tag.tags retrieval.documents.0.document.content
  traceloop.span.kind traceloop.entity.input traceloop.entity.output traceloop.association.properties.x langfuse.observation.type langfuse.observation.input
  langfuse.observation.output langfuse.observation.usage_details langfuse.observation.level langfuse.trace.tags langfuse.trace.metadata.x langsmith.span.kind
  langsmith.metadata.x langsmith.usage_metadata genkit:input genkit:output genkit:type genkit:metadata:subtype genkit:name mastra.agent_run.input
  mastra.model_generation.output mastra.metadata.x gcp.vertex.agent.llm_request gcp.vertex.agent.llm_response gen_ai.event.start_time system_prompt
  session.id user.id user.roles user.email error.type http.response.status_code huggingplace.span.kind huggingplace.user_prompt huggingplace.ai_response
  huggingplace.message_id huggingplace.metadata.x huggingplace.metadata.__proto__ huggingplace.user_metadata.x huggingplace.step.type huggingplace.step.input
  huggingplace.export huggingplace.capture_content huggingplace.llm_model event.name exception.message __proto__ constructor toString`
  .trim()
  .split(/\s+/);

const MESSAGES =
  '[{"role":"user","parts":[{"type":"text","content":"why?"},{"type":"blob","mime_type":"image/png","content":"AAAA"}]},{"role":"assistant","parts":[{"type":"tool_call","id":"c1","name":"f","arguments":{"a":[1]}}]}]';

const thrower = (): never => {
  throw new Error('hostile');
};
const cyclic = (): unknown => {
  const object: Record<string, unknown> = {};
  Object.assign(object, { self: object, again: object, list: [object, object] });
  return object;
};
const deep = (depth: number): unknown => {
  let value: unknown = 'bottom';
  for (let i = 0; i < depth; i += 1) value = i % 2 === 0 ? [value] : { inner: value };
  return value;
};

/** Makes a value when it is wanted: fast-check looks into values, and these bite. */
type Make = () => unknown;
const value = (arbitrary: fc.Arbitrary<unknown>): fc.Arbitrary<Make> => arbitrary.map((made) => () => made);

/** Values that no type allows and applications set all the same. */
const hostile: fc.Arbitrary<Make> = fc.oneof(
  value(
    fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withSet: true,
      withNullPrototype: true,
      withTypedArray: true,
    }),
  ),
  value(fc.string({ unit: 'binary' })),
  value(fc.nat({ max: MESSAGES.length }).map((length) => MESSAGES.slice(0, length))),
  value(fc.json().map((json) => json.slice(0, -1))),
  value(
    fc.constantFrom<unknown>(
      '\0',
      '\uD800',
      'a\uDC00b',
      'x'.repeat(200_000),
      '['.repeat(50_000),
      '{"a":'.repeat(20_000),
      NaN,
      -Infinity,
      -1,
      10n ** 30n,
      'chat',
      'LLM',
      'interaction',
      'session',
      'step',
      '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}',
      JSON.parse('{"__proto__":{"polluted":true}}'),
      Symbol('s'),
    ),
  ),
  fc.constantFrom<Make>(
    cyclic,
    () => thrower,
    () => deep(10_000),
    () => JSON.stringify(deep(2_000)),
    () => Object.defineProperty({}, 'x', { enumerable: true, get: thrower }),
    () => Object.defineProperty([1], 0, { enumerable: true, get: thrower }),
    () => ({ toJSON: thrower, toString: thrower, valueOf: thrower }),
    () => new Proxy({}, { ownKeys: thrower, get: thrower, has: thrower, getOwnPropertyDescriptor: thrower }),
    () => Array.from({ length: 10_000 }, (_, i) => ({ role: 'user', content: `${i}` })),
    () => new Map([['polluted', new Set([1])]]),
  ),
);

const attributes = fc.array(
  fc.tuple(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...KNOWN_KEYS) }, fc.string({ unit: 'binary' })), hostile),
  { maxLength: 8 },
);
const scopes = fc.constantFrom('test', 'ai', 'gen_ai', 'langfuse-sdk', '@traceloop/instrumentation-openai');
const trees: readonly SpanTree[] = [chat('why?', 'because'), agent('helper'), tool('search'), request()];

/** As its own, own or not: `__proto__` too. */
function assign<T extends object>(to: T, entries: readonly (readonly [string, Make])[]): T {
  for (const [key, make] of entries)
    Object.defineProperty(to, key, { value: make(), enumerable: true, configurable: true, writable: true });
  return to;
}

const texts = (value: unknown): readonly string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.entries(value).flatMap(([key, inner]) => [key, ...texts(inner)])
      : [];

describe.each(BOTH_WAYS)('%s', (way) => {
  it('never throws, sends only sound JSON, pollutes nothing, and keeps the account', { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            tree: fc.constantFrom(...trees),
            scope: scopes,
            attributes,
            event: attributes,
            log: hostile,
          }),
          {
            minLength: 1,
            maxLength: 4,
          },
        ),
        hostile,
        async (spans, metadata) => {
          const prototypes = [Object.prototype, Array.prototype].map((prototype) => Reflect.ownKeys(prototype).length);
          using said = new DiagLines();
          await using app = await startApplication(way, { metadata: { given: metadata() } });
          const root = await app.start(chat('why?', 'because'));
          for (const { tree, scope, attributes: own, event, log } of spans) {
            const running = await app.start(
              {
                ...tree,
                scope,
                events: [
                  { name: 'gen_ai.choice', attributes: {} },
                  { name: 'exception', attributes: {} },
                ],
              },
              root,
            );
            // SDK 3 takes them as they are; SDK 2 looks at them first.
            const recorded = running.span as unknown as ReadableSpan;
            assign(recorded.attributes, own);
            app.log(running, 'gen_ai.choice', log() as string);
            await app.end(running);
            for (const { attributes: eventAttributes } of recorded.events) assign(eventAttributes ?? {}, event);
          }
          await app.end(root);
          const records = await app.shutDown();

          for (const text of records.flatMap(texts)) {
            expect(text.isWellFormed()).toBe(true);
            expect(text).not.toContain('\0');
          }
          expect([Object.prototype, Array.prototype].map((prototype) => Reflect.ownKeys(prototype).length)).toEqual(
            prototypes,
          );
          const { seen, open, queued, delivered, dropped } = app.stats;
          // Not even an error of ours that was caught.
          expect(dropped).not.toHaveProperty('invalid');
          expect(said.lines.filter((line) => line.includes('internal error'))).toEqual([]);
          expect({ open, queued }).toEqual({ open: 0, queued: 0 });
          expect(delivered).toBe(records.length);
          expect(seen).toBe(delivered + Object.values(dropped).reduce((a, b) => a + b, 0));
        },
      ),
      { numRuns: 100 },
    );
  });
});
