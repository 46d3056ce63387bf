// An application of the built package that comes to its end: node exit-app.mjs '{"ends": "exit", …}'. Says its account on stdout.
import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const require = createRequire(import.meta.url);
const app = isMainThread ? JSON.parse(process.argv[2]) : workerData;
const esm = await import('../../dist/internal.mjs');
const cjs = require('../../dist/internal.cjs');

function begin({ Delivery, installExitHooks, resolveDeliveryOptions }, prefix) {
  const settings = resolveDeliveryOptions(app.options ?? {}, process.env);
  const delivery = new Delivery(settings);
  let undrained = 0;
  const enqueue = (count) => {
    for (let i = 0; i < count; i++) {
      delivery.enqueue(
        { user_prompt: '?', ai_response: '!', mode: 'prod', message_id: `${prefix}${i}` },
        settings.credentials,
      );
    }
  };
  const remove = installExitHooks({
    // Half of it is complete, but not yet handed over.
    drain: () => {
      enqueue(undrained);
      undrained = 0;
    },
    deliverAtExit: (timeoutMs) => {
      const startMs = performance.now();
      delivery.deliverAtExit(timeoutMs);
      writeSync(1, `${JSON.stringify({ ...delivery.stats(), blockedMs: Math.round(performance.now() - startMs) })}\n`);
    },
    flush: () => delivery.flush(settings.exitTimeoutMs),
    exitTimeoutMs: settings.exitTimeoutMs,
  });
  return { enqueue, remove, delivery, leaveUndrained: (count) => (undrained = count) };
}

const handlers = {
  exits: () => setTimeout(() => process.exit(7), 100),
  'exits once': () => setTimeout(() => process.exit(7), 100),
  ignores: () => undefined,
};

if (isMainThread && app.inWorker) {
  const worker = new Worker(new URL(import.meta.url), { workerData: app });
  worker.on('exit', (code) => (process.exitCode = code));
} else {
  if (app.signalExit?.includes(4)) require('signal-exit').onExit(() => writeSync(1, 'signal-exit 4 ran\n'));
  if (app.signalExit?.includes(3)) require('signal-exit-3')(() => writeSync(1, 'signal-exit 3 ran\n'));
  const parts = [begin(esm, 'esm-')];
  if (app.isTwice) parts.push(begin(cjs, 'cjs-'));
  const [part] = parts;
  if (app.handler === 'exits once') process.once('SIGTERM', handlers[app.handler]);
  else if (app.handler) process.on('SIGTERM', handlers[app.handler]);

  for (const { enqueue } of parts) enqueue(app.count ?? 100);
  if (app.undrained) part.leaveUndrained(app.undrained);
  if (app.isRemoved) part.remove();
  if (app.afterMs) await new Promise((resolve) => setTimeout(resolve, app.afterMs));

  const ways = {
    exit: () => process.exit(3),
    throw: () => {
      throw new Error('the application fails');
    },
    reject: () => void Promise.reject(new Error('the application fails')),
    end: () => undefined,
    'end with code': () => (process.exitCode = 5),
    signal: () => {
      // Stays until the signal comes, or for long.
      setTimeout(() => process.exit(99), app.lifeMs ?? 20_000);
      writeSync(1, 'ready\n');
    },
  };
  ways[app.ends]();
}
