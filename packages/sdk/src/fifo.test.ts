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

it('empties a long list in linear time', () => {
  const fifo = new Fifo<number>();
  for (let i = 0; i < 1_000_000; i++) fifo.push(i);
  const startMs = performance.now();
  while (fifo.shift() !== undefined);
  expect(performance.now() - startMs).toBeLessThan(2_000);
});
