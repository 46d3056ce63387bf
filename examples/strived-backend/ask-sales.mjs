// A question becomes SQL, the SQL becomes rows, the rows become an answer. What is recorded about it, and how, is not decided here.
import OpenAI from 'openai';
import { recordInteraction, recordModelCall, recordStep } from './recording.mjs';
import { SqlError } from './sales-database.mjs';

const openai = new OpenAI();
const model = process.env.OPENAI_MODEL ?? 'gpt-4o-mini';
/** The model may mend its SQL once. */
const MAX_TRIES = 2;

const WRITE_SQL = `You answer questions about a shop with one SELECT statement of PostgreSQL, and nothing else. The only table is
sales(id integer, sold_on date, region text, product text, quantity integer, unit_price numeric).`;
const SUMMARISE = 'You answer a question about a shop in one sentence, from the rows that its database gave.';

/**
 * @param {{ question: string, messageId: string, sessionId: string, user: object }} asked
 * @returns {Promise<{ answer: string, sql: string, rows?: object[] }>} without rows where the database took none of the model's statements
 */
export const askSales = (database, asked) =>
  recordInteraction({ ...asked, mappingTable: 'sales', metadata: { app: 'strived' } }, async () => {
    const { sql, rows, problem } = await select(database, asked.question);
    if (problem) return { sql, answer: `I can't answer that from the sales: ${problem}.` };
    return { sql, rows, answer: await summarise(asked.question, rows) };
  });

async function select(database, question) {
  const messages = [
    { role: 'system', content: WRITE_SQL },
    { role: 'user', content: question },
  ];
  for (let tries = 1; ; tries++) {
    const sql = await recordStep({ name: 'generate_sql', input: question }, () =>
      askModel(messages).then(withoutFence),
    );
    try {
      const rows = await recordStep({ name: 'execute_sql', type: 'tool', input: sql }, () => database.query(sql));
      return { sql, rows };
    } catch (error) {
      if (!(error instanceof SqlError)) throw error;
      if (tries === MAX_TRIES) return { sql, problem: error.message };
      const complaint = `The database says: ${error.message}. Answer with the corrected statement.`;
      messages.push({ role: 'assistant', content: sql }, { role: 'user', content: complaint });
    }
  }
}

const summarise = (question, rows) =>
  recordStep({ name: 'summarise', input: question }, () =>
    askModel([
      { role: 'system', content: SUMMARISE },
      { role: 'user', content: `${question}\n${JSON.stringify(rows)}` },
    ]),
  );

async function askModel(messages) {
  const request = { model, messages };
  const completion = await recordModelCall(request, () => openai.chat.completions.create(request));
  return completion.choices[0].message.content;
}

const withoutFence = (text) => text.replace(/^\s*```(?:sql)?\n?|;?\s*(?:```)?\s*$/g, '');
