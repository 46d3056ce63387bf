/** Finds the stream in what a callback returned, and listens to it. */
import { observeWebStream } from './observe-web-stream.ts';
import { isMethod, isObject, member, overrideGetter, overrideMethod } from './override.ts';
import type { Call } from './override.ts';
import { StreamTap } from './stream-tap.ts';
import { finishWhenCollected, isWatchable } from './watcher.ts';
import type { Watcher } from './watcher.ts';

/** Members that give a stream (AI SDK 4 to 7, Mastra, Genkit, Bedrock): values and getters, never methods, for a client may have a method `stream`. */
const STREAM_MEMBERS = [
  'stream',
  'textStream',
  'fullStream',
  'partialOutputStream',
  'elementStream',
  'partialObjectStream',
];
/** Methods that give a stream, on what is iterable itself (OpenAI Agents). */
const STREAM_METHODS = ['toStream', 'toTextStream'];
/** Events that bring a piece: Node.js streams, Chat Completions, Responses, Anthropic. */
const PIECE_EVENTS = new Set<unknown>(['data', 'chunk', 'event', 'streamEvent']);
/** Events after which no piece comes. A stream that its reader aborts is cancelled, not failed. */
const END_EVENTS = new Set<unknown>(['end', 'close', 'abort']);

/** Whether `value` is a stream, or leads to one. If so, `watcher` is told when it is through: read to its end, cancelled, failed or collected. */
export function observeStream(value: unknown, watcher: Watcher): boolean {
  try {
    const isResponse = value instanceof Response;
    const owner = isResponse ? value.body : value;
    if (!isObject(owner) || !isWatchable(owner)) return false;
    const isPlainText = isResponse && /^text\/plain/i.test(value.headers.get('content-type') ?? '');
    const newTap = () => new StreamTap(owner, watcher, isPlainText ? new TextDecoder() : undefined);
    if (!observe(owner, newTap)) return false;
    finishWhenCollected(owner, watcher);
    return true;
  } catch {
    return false; // a proxy that says no, or a runtime without `Response`: the value is passed on all the same
  }
}

function observe(value: object, newTap: () => StreamTap): boolean {
  if (isMethod(value, 'getReader')) return member(value, 'locked') === false && observeWebStream(value, newTap());
  if (isMethod(value, '_emit') && isMethod(value, 'abort')) return observeEvents(value, '_emit', newTap());
  if (isMethod(value, 'emit') && isMethod(value, 'pipe'))
    return member(value, 'readable') === true && observeEvents(value, 'emit', newTap());

  const isAsync = isMethod(value, Symbol.asyncIterator);
  let found =
    isMethod(value, 'next') && (isAsync || isMethod(value, Symbol.iterator)) && observeIterator(value, newTap());

  /** What a member gives is a stream in its turn. */
  const observed = (stream: unknown): unknown => {
    if (isObject(stream)) observe(stream, newTap);
    return stream;
  };
  if (isAsync) {
    // Each iteration begins anew, but for that of an iterator, which is its own. `iterator` is what the streams of OpenAI and Anthropic make all of theirs from.
    const begin = (call: Call): unknown => {
      const tap = newTap();
      const iterator = tap.inContext(call);
      if (isObject(iterator) && iterator !== value) observeIterator(iterator, tap);
      return iterator;
    };
    found = overrideMethod(value, isMethod(value, 'iterator') ? 'iterator' : Symbol.asyncIterator, begin) || found;
    for (const name of STREAM_METHODS) overrideMethod(value, name, (call) => observed(call()));
  }
  for (const name of STREAM_MEMBERS) {
    if (!(name in value)) continue;
    if (overrideGetter(value, name, observed)) found = true;
    else {
      const stream = member(value, name);
      if (isObject(stream)) found = observe(stream, newTap) || found;
    }
  }
  return found;
}

function observeIterator(iterator: object, tap: StreamTap): boolean {
  const read = (call: Call) => tap.read(call);
  overrideMethod(iterator, 'return', read);
  overrideMethod(iterator, 'throw', read);
  return overrideMethod(iterator, 'next', read);
}

/** Streams that tell what happens by events, read or not. To add listeners would change them: an `error` without one is thrown. */
function observeEvents(emitter: object, emit: 'emit' | '_emit', tap: StreamTap): boolean {
  overrideMethod(emitter, '_read', (call) => tap.inContext(call));
  return overrideMethod(emitter, emit, (call, [event, value]) => {
    // First, for an error that no listener takes is thrown.
    if (event === 'error') tap.failed(value);
    const result = call();
    if (PIECE_EVENTS.has(event)) tap.received(value);
    // Last, so that listeners may still say something about the span.
    else if (END_EVENTS.has(event)) tap.finished();
    return result;
  });
}
