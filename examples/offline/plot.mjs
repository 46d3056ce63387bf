// What is asked in the examples, what the stand-in answers, and what each call costs.

const TOOL_CALL = { toolCall: { name: 'get_order', arguments: { id: '1042' } }, tokens: { input: 118, output: 17 } };
const ORDER = {
  text: 'Order 1042 was delivered three days ago. You can return it, free of charge, for another 27 days.',
  tokens: { input: 156, output: 26 },
};
const PARCEL = { text: 'We do: returns are free within 30 days of delivery.', tokens: { input: 63, output: 12 } };

/** What the model says: a text or the wish for a tool, with its tokens. */
export function reply({ question, hasTools, isToolAnswered }) {
  if (!question.includes('order 1042')) return PARCEL;
  return hasTools && !isToolAnswered ? TOOL_CALL : ORDER;
}

/** A text as a model streams it: word by word. */
export const words = (text) => text.match(/\S+\s*/g);

const ADA = {
  session: 'session-7f3a',
  user: { id: 'user-42', email: 'ada@example.com', roles: ['customer'] },
};

/** The interactions that every example makes of this, each but for its model and its steps. */
export const EXPECTED = {
  /** Two calls, and a tool between them. */
  order: {
    ...ADA,
    question: 'Where is my order 1042, and can I still return it?',
    answer: ORDER.text,
    tokens: {
      input: TOOL_CALL.tokens.input + ORDER.tokens.input,
      output: TOOL_CALL.tokens.output + ORDER.tokens.output,
    },
  },
  /** A look into the handbook, and a stream. */
  parcel: {
    ...ADA,
    question: 'Who pays for the parcel when I return something?',
    answer: PARCEL.text,
    tokens: PARCEL.tokens,
  },
  /** Another user's at the same time, where the example is a server. */
  otherUser: {
    session: 'session-c019',
    user: { id: 'user-7', email: 'bob@example.com', roles: [] },
    question: 'Has my order 1042 arrived?',
    answer: ORDER.text,
    tokens: ORDER.tokens,
  },
};
