// Stands in for the model: it writes the SQL that a model might write, wrong at first for one question, harmful for another.
import { once } from 'node:events';
import { createServer } from 'node:http';
import { chatCompletions } from '../../offline/chat-completions.mjs';

const REVENUE = 'sum(quantity * unit_price)';
const BY_REGION = `SELECT region, ${REVENUE} AS revenue FROM sales WHERE sold_on >= '2025-01-01' GROUP BY region ORDER BY revenue DESC`;
const WRONG = "SELECT sum(revenue) AS revenue FROM sales WHERE product = 'Lamp'";
const RIGHT = WRONG.replace('sum(revenue)', REVENUE);
const HARMFUL = "DELETE FROM sales WHERE region = 'North'";

/** Each question, with what the model answers to the conversation about it; `undefined` is refused. */
const PLOT = [
  {
    question: 'Which region sold most in 2025?',
    writeSql: () => `\`\`\`sql\n${BY_REGION};\n\`\`\``,
    summarise: ([first]) => `${first.region} sold most, for ${first.revenue}.`,
  },
  {
    question: 'What did we earn with lamps?',
    writeSql: (isCorrection) => (isCorrection ? RIGHT : WRONG),
    summarise: ([{ revenue }]) => `Lamps earned ${revenue}.`,
  },
  { question: 'Forget what the north has sold.', writeSql: () => HARMFUL },
  { question: 'What may not be asked?' },
];

/** The questions in order: answered, answered after a correction, refused by the database, refused by the model's provider. */
export const QUESTIONS = PLOT.map(({ question }) => question);

/** OpenAI's Chat Completions on a free port of this machine. */
export async function startModel() {
  const server = createServer(async (request, response) => {
    const { messages } = JSON.parse((await request.toArray()).join(''));
    const text = reply(messages);
    response.setHeader('content-type', 'application/json');
    if (text === undefined) return response.writeHead(400).end(JSON.stringify(REFUSAL));
    return response.end(JSON.stringify(chatCompletions.write({ text, tokens: tokensOf(messages, text) })));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/v1`, close: () => server.close() };
}

const REFUSAL = {
  error: { message: 'The request was refused.', type: 'invalid_request_error', code: null, param: null },
};

function reply([, { content }, wrongSql]) {
  const plot = PLOT.find(({ question }) => content.startsWith(question));
  const rows = content.slice(plot.question.length);
  return rows === '' ? plot.writeSql?.(wrongSql !== undefined) : plot.summarise(JSON.parse(rows));
}

/** A token is about four characters of English. */
const tokensOf = (messages, text) => ({
  input: Math.ceil(JSON.stringify(messages).length / 4),
  output: Math.ceil(text.length / 4),
});
