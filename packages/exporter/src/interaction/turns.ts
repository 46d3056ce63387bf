/** Where in a conversation below one span a new turn begins (record.md, section 1, rule 2), and which call carries on a tool loop (rule 4). */
import type { Message, Part, Reading } from './reading.ts';

/** UTF-16 units. Folding 10 MB takes 150 ms and as much memory again, and is done for comparisons alone. */
const MAX_COMPARED = 65_536;

/**
 * For comparisons: white space is folded, for applications and SDKs re-wrap what they send again. Of a very long text beginning and end are compared;
 * which parts of it these are does not depend on the white space in it.
 */
export function folded(text: string): string {
  if (text.length <= 4 * MAX_COMPARED) return fold(text);
  const beginning = fold(text.slice(0, 2 * MAX_COMPARED)).slice(0, MAX_COMPARED);
  return `${beginning} ${fold(text.slice(-2 * MAX_COMPARED)).slice(-MAX_COMPARED)}`;
}

const fold = (text: string): string => text.replace(/\s+/g, ' ').trim();

export const textOf = (message: Message, separator: string): string =>
  message.parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join(separator);

/** What decides about turns and loops: a call's history with everything else left out. */
export interface History {
  readonly messages: readonly {
    readonly role: Message['role'];
    readonly text: string;
    readonly toolResultIds: readonly string[];
    readonly toolResults: readonly string[];
  }[];
  /** Of the last user message with text; -1 where there is none. */
  readonly lastUserIndex: number;
  readonly users: number;
}

export function historyOf(input: readonly Message[] | undefined): History {
  const messages = (input ?? []).map((message) => {
    const results = message.parts.filter((part): part is Part & { type: 'tool_result' } => part.type === 'tool_result');
    return {
      role: message.role,
      text: folded(textOf(message, '\n')),
      toolResultIds: results.flatMap(({ id }) => id ?? []),
      toolResults: results.flatMap(({ result }) => (result === undefined ? [] : folded(result))),
    };
  });
  // Text beside a tool's result (a reminder) carries on with it: it is no question.
  const hasResult = (index: number): boolean =>
    input?.[index]?.parts.some(({ type }) => type === 'tool_result') === true;
  const isUser = (message: (typeof messages)[number], index: number): boolean =>
    message.role === 'user' && message.text !== '' && !hasResult(index);
  return { messages, lastUserIndex: messages.findLastIndex(isUser), users: messages.filter(isUser).length };
}

export const userTextOf = (history: History): string | undefined => history.messages[history.lastUserIndex]?.text;

/** A turn as far as it has come. */
export interface Turn {
  /** Of the first call that has a user message. */
  question: { readonly text: string; readonly users: number } | undefined;
  readonly responseIds: Set<string>;
}

export const newTurn = (): Turn => ({ question: undefined, responseIds: new Set() });

export function addToTurn(turn: Turn, history: History, reading: Reading | undefined): void {
  const text = userTextOf(history);
  if (turn.question === undefined && text !== undefined) turn.question = { text, users: history.users };
  if (reading?.responseId !== undefined) turn.responseIds.add(reading.responseId);
}

/** True where this call is no part of the turn, but the first of the next. */
export function beginsNewTurn(turn: Turn, history: History, reading: Reading | undefined): boolean {
  const text = userTextOf(history);
  if (text === undefined) return false;
  if (reading?.previousResponseId !== undefined && turn.responseIds.has(reading.previousResponseId)) return true;
  const { question } = turn;
  if (question === undefined) return false;
  const asked = history.messages.findIndex((message) => message.role === 'user' && message.text === question.text);
  if (asked < 0 || asked >= history.lastUserIndex) return false;
  const between = history.messages
    .slice(asked + 1, history.lastUserIndex)
    .filter((message) => message.role === 'assistant');
  if (text !== question.text) return between.length > 0;
  return between.some((message) => message.text !== '') && history.users > question.users;
}

/** The tool calls that an answer asks for: not those that the provider has run itself. */
export const toolCallsOf = (reading: Reading | undefined): readonly (Part & { type: 'tool_call' })[] =>
  (reading?.output ?? []).flatMap(({ parts }) => {
    const answered = new Set(parts.flatMap((part) => (part.type === 'tool_result' ? (part.id ?? []) : [])));
    return parts.filter(
      (part): part is Part & { type: 'tool_call' } =>
        part.type === 'tool_call' && part.isProviderRun !== true && !answered.has(part.id ?? ''),
    );
  });

export const answerTextOf = (reading: Reading | undefined): string | undefined =>
  reading?.output?.map((message) => (message.role === 'assistant' ? textOf(message, '') : '')).join('');

const TOOL_FINISH = /^tool|tool[-_ ]?(call|use)|^function_call$/i;

/** A call asked for a tool if its finish reason says so, its output has a tool call, or its output is recorded with empty text and no finish reason. */
export function asksForTool(reading: Reading | undefined): boolean {
  if (reading?.finishReasons?.some((reason) => TOOL_FINISH.test(reason)) === true || toolCallsOf(reading).length > 0)
    return true;
  return (
    reading?.output !== undefined && (reading.finishReasons?.length ?? 0) === 0 && answerTextOf(reading)?.trim() === ''
  );
}

/** What a call left open that asked for a tool. */
export interface OpenLoop {
  readonly toolCallIds: ReadonlySet<string>;
  readonly history: History;
}

/** True where the history holds a result that this call asked for, and nothing was answered since: what follows it (an image) is the tool's. */
export function bringsResultOf(asking: Reading | undefined, { messages, lastUserIndex }: History): boolean {
  const asked = new Set(toolCallsOf(asking).flatMap(({ id }) => id ?? []));
  const result = messages.findLastIndex(({ toolResultIds }) => toolResultIds.some((id) => asked.has(id)));
  return (
    result >= 0 &&
    !messages.slice(result + 1, lastUserIndex).some(({ role, text }) => role === 'assistant' && text !== '')
  );
}

/** True where the call brings what the loop waits for. */
export function carriesOn(loop: OpenLoop, history: History): boolean {
  const asked = userTextOf(loop.history);
  const asks = userTextOf(history);
  const after = history.messages.slice(history.lastUserIndex + 1);
  if (after.some((message) => message.toolResultIds.some((id) => loop.toolCallIds.has(id))))
    return asked === asks || asked === undefined || asks === undefined;
  if (asked === undefined || asks !== asked || history.messages.length <= loop.history.messages.length) return false;
  // By history, for want of ids: it must not name other calls than those that were asked for.
  const names = after.flatMap((message) => message.toolResultIds);
  if (names.length > 0 && loop.toolCallIds.size > 0) return false;
  return (
    after.length > loop.history.messages.length - 1 - loop.history.lastUserIndex &&
    after.every((message) => message.role === 'assistant' || message.role === 'tool')
  );
}
