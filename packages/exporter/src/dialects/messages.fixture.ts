/** Messages and parts as tests expect them. */
import type { Message, Part, Role } from '../interaction/reading.ts';

export const text = (value: string): Part => ({ type: 'text', text: value });
export const message = (role: Role, ...parts: readonly Part[]): Message => ({ role, parts });
export const says = (role: Role, value: string): Message => message(role, text(value));
export const call = (id: string | undefined, name: string, args: string): Part => ({
  type: 'tool_call',
  ...(id !== undefined && { id }),
  name,
  arguments: args,
});
export const result = (id: string | undefined, value: string): Part => ({
  type: 'tool_result',
  ...(id !== undefined && { id }),
  result: value,
});
/** As LangChain serialises its objects. */
export const langChain = (type: string, kwargs: object) => ({
  lc: 1,
  type: 'constructor',
  id: ['langchain_core', type],
  kwargs,
});
