/**
 * Strands Agents, TypeScript and Python (1.x): OpenTelemetry GenAI with a few words of its own; only these are read here.
 * https://strandsagents.com/latest/documentation/docs/user-guide/observability-evaluation/traces/
 */
import type { Message, Reading } from '../interaction/reading.ts';
import type { EndedSpan } from '../span.ts';
import { asCount, asText, asTexts, jsonOrText, property, unquoted } from './attributes.ts';
import type { Dialect } from './dialect.ts';
import { attributesWithDetails, fieldsOfEvent, instructionsText, readContent } from './gen-ai-content.ts';
import { kindOfOperation } from './gen-ai-operations.ts';
import { resultText } from './tool-parts.ts';

/** On every span of it; its scope and its provider are the application's `OTEL_SERVICE_NAME` where that is set. */
const START_TIME = 'gen_ai.event.start_time';
const CYCLE_ID = ['agent_loop.cycle_id', 'event_loop.cycle_id'] as const;
const SYSTEM_PROMPT = ['system_prompt', 'gen_ai.agent.system_prompt'] as const;
/** An attribute of the application's, under the name that the documentation proposes. */
const TAGS = 'tag.tags';
/** In milliseconds, other than the convention's metric of that name. */
const TIME_TO_FIRST_TOKEN_MS = 'gen_ai.server.time_to_first_token';

const TOOL_STATUS = 'gen_ai.tool.status';
const TOOL_RESULT = 'gen_ai.tool.call.result';
const TOOL_INPUT_EVENT = 'gen_ai.tool.message';
const TOOL_OUTPUT_EVENT = 'gen_ai.choice';
/** Where structured output was asked for, the arguments of this tool are the answer. */
const STRUCTURED_OUTPUT = 'strands_structured_output';

export const strands: Dialect = {
  name: 'Strands Agents',

  kindOf({ attributes }) {
    if (CYCLE_ID.some((key) => attributes[key] !== undefined)) return 'chain';
    return attributes[START_TIME] === undefined ? undefined : kindOfOperation(attributes);
  },

  read(span) {
    const { attributes } = span;
    const kind = strands.kindOf(span);
    const systemPrompt = SYSTEM_PROMPT.map((key) => unquoted(attributes[key])).find((text) => text !== undefined);
    return {
      ...(kind === 'tool' && readTool(span)),
      ...(kind === 'llm' && readStructuredAnswer(span)),
      system: instructionsText(jsonOrText(systemPrompt)),
      tags: asTexts(attributes[TAGS]),
      timeToFirstTokenMs: asCount(attributes[TIME_TO_FIRST_TOKEN_MS]),
    };
  },
};

/** Of a tool, the events hold no conversation: the first is its input, the second what it gave back. */
function readTool(span: EndedSpan): Pick<Reading, 'inputText' | 'outputText' | 'error'> {
  const output = property(fieldsOfEvent(span, TOOL_OUTPUT_EVENT), 'message');
  const outputText = resultText(jsonOrText(output));
  const hasFailed = span.attributes[TOOL_STATUS] === 'error';
  return {
    inputText: asText(property(fieldsOfEvent(span, TOOL_INPUT_EVENT), 'content')),
    outputText,
    error: hasFailed ? { message: outputText ?? resultText(jsonOrText(span.attributes[TOOL_RESULT])) } : undefined,
  };
}

/** Nothing where there is none: the rest of what was said, `otel-genai.ts` reads. */
function readStructuredAnswer(span: EndedSpan): Pick<Reading, 'output' | 'finishReasons'> {
  const { output } = readContent(span, attributesWithDetails(span));
  const answer = output
    ?.flatMap(({ parts }) => parts)
    .find((part) => part.type === 'tool_call' && part.name === STRUCTURED_OUTPUT);
  if (answer?.type !== 'tool_call') return {};
  const message: Message = { role: 'assistant', parts: [{ type: 'text', text: answer.arguments ?? '' }] };
  return { output: [message], finishReasons: [] }; // The reason given is that a tool is wanted.
}
