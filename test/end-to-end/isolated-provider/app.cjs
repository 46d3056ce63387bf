// node app.cjs <sampled | unsampled> : a request of the owner's, in it a lone model call and two that belong together.
const { trace } = require('@opentelemetry/api');

async function main() {
  const { exporter } = await import('./owner.mjs');
  const { tracerProvider } = await import('./telemetry.mjs');
  const { startActiveSession } = await import('@huggingplace/tracing');
  const OpenAI = require('openai');
  const openai = new OpenAI({ apiKey: 'none', baseURL: process.env.OPENAI_BASE_URL });
  const ask = (content) => openai.chat.completions.create({ model: 'gpt-5', messages: [{ role: 'user', content }] });

  await trace.getTracer('owner').startActiveSpan('GET /ask', async (request) => {
    await startActiveSession({ sessionId: 'session-1' }, () => ask('alone?'));
    await tracerProvider
      .getTracer('app')
      .startActiveSpan('answer', { attributes: { 'huggingplace.span.kind': 'interaction' } }, async (span) => {
        await ask('first?');
        await ask('second?');
        span.end();
      });
    request.end();
  });
  await tracerProvider.shutdown();
  console.log(JSON.stringify(exporter.getFinishedSpans().map(({ name }) => name)));
}

void main();
