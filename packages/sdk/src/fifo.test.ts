import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { Fifo } from './fifo.ts';

it('gives back what went in, in order, through any mixture of both', () => {
  const fifo = new Fifo<number>();
  const model: number[] = [];
  for (let i = 0; i < 10_000; i++) {
    if ((i * 7919) % 5 < 3) {
      fifo.push(i);
      model.push(i);
    } else expect(fifo.shift()).toBe(model.shift());
    expect([fifo.size, fifo.peek()]).toEqual([model.length, model[0]]);
  }
  expect(fifo.drain()).toEqual(model);
  expect([fifo.size, fifo.peek(), fifo.shift()]).toEqual([0, undefined, undefined]);
});

it('takes one out wherever it stands, once', () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 8; i++) fifo.push(i);
  expect(fifo.remove(0)).toBe(true);
  expect(fifo.shift()).toBe(1);
  for (const item of [4, 2, 7]) expect(fifo.remove(item)).toBe(true);
  for (const item of [1, 4, 8]) expect(fifo.remove(item)).toBe(false);
  expect([fifo.size, fifo.drain()]).toEqual([3, [3, 5, 6]]);
});

it('holds no room for what has left, however long it lives', () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const fifo = new Fifo<number>();
  fifo.push(-1);
  gc();
  const beforeBytes = process.memoryUsage().heapUsed;
  for (let i = 0; i < 2_000_000; i++) {
    fifo.push(i);
    fifo.shift();
  }
  gc();
  expect(process.memoryUsage().heapUsed - beforeBytes).toBeLessThan(8_000_000);
  expect(fifo.drain()).toEqual([1_999_999]);
});

it('empties a long list in linear time', () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 1_000_000; i++) fifo.push(i);
  const startMs = performance.now();
  while (fifo.shift() !== undefined);
  expect(performance.now() - startMs).toBeLessThan(2_000);
});
