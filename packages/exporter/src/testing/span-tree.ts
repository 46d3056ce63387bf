/**
 * Trees of spans, written down as they hang together. The words are OpenTelemetry GenAI's (conventions 0.1.0): what other vocabularies say is the
 * dialects' to test, and makes no difference afterwards.
 */
import { type Attributes, type Link, SpanKind, SpanStatusCode, type SpanStatus } from '@opentelemetry/api';

export interface SpanTree {
  readonly name: string;
  readonly attributes: Attributes;
  /** What runs below it, one after another. */
  readonly children: readonly SpanTree[];
  readonly kind?: SpanKind;
  /** The instrumentation's name. Default `test`. */
  readonly scope?: string;
  /** How long it takes by itself, after its children. Default 10 for a span without children, else 0. */
  readonly ms?: number;
  readonly status?: SpanStatus;
  readonly events?: readonly { readonly name: string; readonly attributes: Attributes }[];
  readonly links?: readonly Link[];
  /** It says what it is only when it ends, as half of the vocabularies do. */
  readonly saysAtEnd?: boolean;
  /** What it says at its start all the same. */
  readonly attributesAtStart?: Attributes;
  /** Its parent is in another process. */
  readonly isParentRemote?: boolean;
  /** Ids that no tree has: of a parent that is not there, a circle, the same twice. */
  readonly ids?: { readonly traceId: string; readonly spanId: string; readonly parentSpanId?: string };
}

type Children = readonly SpanTree[];

/** An ordinary span. */
export const span = (name: string, ...children: Children): SpanTree => ({ name, attributes: {}, children });

/** A request that a server answers: ordinary, and most often the local root. */
export const request = (...children: Children): SpanTree => ({
  name: 'POST /ask',
  attributes: { 'http.request.method': 'POST' },
  children,
  kind: SpanKind.SERVER,
});

export interface Part {
  readonly type: string;
  readonly [key: string]: unknown;
}
export interface ChatMessage {
  readonly role: string;
  readonly parts: readonly Part[];
}

const text = (content: string): Part => ({ type: 'text', content });
export const system = (content: string): ChatMessage => ({ role: 'system', parts: [text(content)] });
export const user = (content: string): ChatMessage => ({ role: 'user', parts: [text(content)] });
export const assistant = (content: string): ChatMessage => ({ role: 'assistant', parts: [text(content)] });
/** The assistant asks for a tool. */
export const wants = (name: string, id?: string): ChatMessage => ({
  role: 'assistant',
  parts: [{ type: 'tool_call', name, ...(id !== undefined && { id }), arguments: {} }],
});
/** What the tool gave. */
export const gave = (response: string, id?: string): ChatMessage => ({
  role: 'tool',
  parts: [{ type: 'tool_call_response', ...(id !== undefined && { id }), response }],
});

/** A text is a single message; `undefined` is not recorded. */
export type Said = string | readonly ChatMessage[] | undefined;

const said = (key: string, what: Said, ofText: (content: string) => ChatMessage): Attributes =>
  what === undefined ? {} : { [key]: JSON.stringify(typeof what === 'string' ? [ofText(what)] : what) };
const conversation = (asked: Said, answered: Said): Attributes => ({
  ...said('gen_ai.input.messages', asked, user),
  ...said('gen_ai.output.messages', answered, assistant),
});

/** A model call: the history that was sent, and the answer. */
export const chat = (asked: Said, answered: Said, attributes: Attributes = {}): SpanTree => ({
  name: 'chat',
  attributes: {
    'gen_ai.operation.name': 'chat',
    'gen_ai.request.model': 'gpt-5',
    ...conversation(asked, answered),
    ...attributes,
  },
  children: [],
});

/** As `gen_ai.usage.*` says it. */
export const usage = (input: number, output: number): Attributes => ({
  'gen_ai.usage.input_tokens': input,
  'gen_ai.usage.output_tokens': output,
});

export const agent = (name: string, ...children: Children): SpanTree => ({
  name: `invoke_agent ${name}`,
  attributes: { 'gen_ai.operation.name': 'invoke_agent', 'gen_ai.agent.name': name },
  children,
});

/** A wrapper: it is a member, and never a step. */
export const workflow = (name: string, ...children: Children): SpanTree => ({
  name,
  attributes: { 'gen_ai.operation.name': 'invoke_workflow' },
  children,
});

/** What a wrapper or an agent says of its own. */
export const conversing = (asked: Said, answered: Said, tree: SpanTree): SpanTree =>
  saying(conversation(asked, answered), tree);

export const tool = (
  name: string,
  { id, args, result }: { id?: string; args?: string; result?: string } = {},
  ...children: Children
): SpanTree => ({
  name: `execute_tool ${name}`,
  attributes: {
    'gen_ai.operation.name': 'execute_tool',
    'gen_ai.tool.name': name,
    ...(id !== undefined && { 'gen_ai.tool.call.id': id }),
    ...(args !== undefined && { 'gen_ai.tool.call.arguments': args }),
    ...(result !== undefined && { 'gen_ai.tool.call.result': result }),
  },
  children,
});

export const retrieval = (query = 'query', documents = '[]'): SpanTree => ({
  name: 'retrieval',
  attributes: {
    'gen_ai.operation.name': 'retrieval',
    'gen_ai.retrieval.query.text': query,
    'gen_ai.retrieval.documents': documents,
  },
  children: [],
});

export const embedding = (inputTokens: number): SpanTree => ({
  name: 'embeddings',
  attributes: {
    'gen_ai.operation.name': 'embeddings',
    'gen_ai.request.model': 'text-embedding-3',
    'gen_ai.usage.input_tokens': inputTokens,
  },
  children: [],
});

export const named = (name: string, tree: SpanTree): SpanTree => ({ ...tree, name });
export const saying = (attributes: Attributes, tree: SpanTree): SpanTree => ({
  ...tree,
  attributes: { ...tree.attributes, ...attributes },
});
/** With our mark. */
export const marked = (mark: 'session' | 'interaction' | 'step', tree: SpanTree): SpanTree =>
  saying({ 'huggingplace.span.kind': mark }, tree);
export const lasting = (ms: number, tree: SpanTree): SpanTree => ({ ...tree, ms });
/** Recorded by that instrumentation. */
export const by = (scope: string, tree: SpanTree): SpanTree => ({ ...tree, scope });
export const failing = (message: string | undefined, tree: SpanTree): SpanTree => ({
  ...tree,
  status: { code: SpanStatusCode.ERROR, ...(message !== undefined && { message }) },
});
export const throwing = (type: string, message: string, tree: SpanTree): SpanTree =>
  reporting('exception', { 'exception.type': type, 'exception.message': message }, tree);
/** With a span event. */
export const reporting = (name: string, attributes: Attributes, tree: SpanTree): SpanTree => ({
  ...tree,
  events: [...(tree.events ?? []), { name, attributes }],
});
/** It says what it is only when it ends. */
export const quiet = (tree: SpanTree): SpanTree => ({ ...tree, saysAtEnd: true });
/** Called from another process. */
export const remote = (tree: SpanTree): SpanTree => ({ ...tree, isParentRemote: true });
