import { context, diag, DiagLogLevel, propagation, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startActiveInteraction, startActiveSession } from './index.ts';
import { registerSdk, unregisterSdk } from './sdk.test-support.ts';
import type { TestSdk } from './sdk.test-support.ts';

let sdk: TestSdk;
beforeEach(() => {
  sdk = registerSdk();
  propagation.setGlobalPropagator(new W3CBaggagePropagator());
});
afterEach(() => {
  unregisterSdk();
  propagation.disable();
  diag.disable();
});

/** What an HTTP instrumentation sends along. */
function headers(): Record<string, string> {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  return carrier;
}

const receive = <Result>(carrier: Record<string, string>, callback: () => Result) =>
  context.with(propagation.extract(ROOT_CONTEXT, carrier), callback);

it('is not written unless asked for', () => {
  expect(startActiveSession({ sessionId: 's1', user: { id: 'u1' } }, headers)).toEqual({});
});

it('carries session id and user id to a service that asks for them, and nothing else', () => {
  const sent = startActiveSession(
    { sessionId: 's 1', user: { id: 'ü1', email: 'a@example.com' }, metadata: { tenant: 't1' }, baggage: true },
    headers,
  );
  expect(sent).toEqual({ baggage: 'session.id=s%201,user.id=%C3%BC1' });

  receive(sent, () => {
    startActiveSession({ baggage: true, name: 'received' }, () => startActiveInteraction('answer', () => undefined));
    startActiveSession({ baggage: true, name: 'given', sessionId: 's2' }, () => undefined);
    startActiveSession({ sessionId: 's3', name: 'not asked' }, () => undefined);
  });
  expect(sdk.span('received').attributes).toMatchObject({ 'session.id': 's 1', 'user.id': 'ü1' });
  expect(sdk.span('answer').attributes).toMatchObject({ 'session.id': 's 1', 'user.id': 'ü1' });
  expect(sdk.span('given').attributes).toMatchObject({ 'session.id': 's2', 'user.id': 'ü1' });
  expect(sdk.span('not asked').attributes).toEqual({ 'huggingplace.span.kind': 'session', 'session.id': 's3' });
});

it('follows the identity inwards, and other people’s entries stay', () => {
  const others = propagation.setBaggage(context.active(), propagation.createBaggage({ other: { value: 'x' } }));
  const [inner, user, off] = context.with(others, () =>
    startActiveSession({ sessionId: 's1', baggage: true }, () => [
      startActiveSession({ sessionId: 's2' }, headers),
      startActiveInteraction('answer', { user: { id: 'u1' } }, headers),
      startActiveSession({ sessionId: 's3', baggage: false }, headers),
    ]),
  );
  expect(inner).toEqual({ baggage: 'other=x,session.id=s2' });
  expect(user).toEqual({ baggage: 'other=x,session.id=s1,user.id=u1' });
  expect(off).toEqual({ baggage: 'other=x' });
});

it('that would not fit, or has no encoding, is left out and said once', () => {
  const warnings: string[] = [];
  const log = (message: string) => void warnings.push(message);
  diag.setLogger({ error: log, warn: log, info: log, debug: log, verbose: log }, DiagLogLevel.WARN);
  expect(startActiveSession({ sessionId: 'x'.repeat(5000), baggage: true }, headers)).toEqual({});
  expect(startActiveSession({ sessionId: '\ud800', baggage: true }, headers)).toEqual({});
  expect(warnings).toEqual([expect.stringContaining('no room')]);
  expect(trace.getActiveSpan()).toBeUndefined();
});
