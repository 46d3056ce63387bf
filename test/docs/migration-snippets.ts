/** What docs/migration.md shows in TypeScript, for the type checker; migration.test.ts holds the two together. */
import { huggingPlace } from '@huggingplace/opentelemetry-exporter';
import { startActiveInteraction, startActiveSession, startActiveStep } from '@huggingplace/tracing';
import OpenAI from 'openai';

const openai = new OpenAI();
declare function search(question: string): Promise<string[]>;

export const answer = (question: string, { sessionId, userId }: { sessionId: string; userId: string }) =>
  startActiveSession({ sessionId, user: { id: userId } }, () =>
    startActiveInteraction('answer', { userPrompt: question }, async (interaction) => {
      const documents = await startActiveStep('search', { type: 'retrieval', input: question }, () => search(question));
      interaction.setMetadata({ documents: documents.length });
      const completion = await openai.chat.completions.create({
        model: 'gpt-4o-mini',
        messages: [{ role: 'user', content: `${documents.join('\n')}\n\n${question}` }],
      });
      return completion.choices[0]?.message.content ?? '';
    }),
  );

// In production the old way still counts; what OpenTelemetry would say is looked at beside it.
const shadow = huggingPlace({ mode: 'dev' });
const onThisMachine = huggingPlace({ baseUrl: 'http://127.0.0.1:4747', apiKey: 'hp_local', orgId: 'local' });

export const registrations = [shadow, onThisMachine];
