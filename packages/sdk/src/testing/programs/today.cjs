// The same in CommonJS, configured by the environment alone, as the README documents it.
const { HuggingPlace, AuthenticationError } = require('huggingplace-sdk');

async function main() {
  const huggingplace = new HuggingPlace();
  await huggingplace.log({ userPrompt: 'Required?', response: 'Required.', metadata: { sessionId: 'cjs-session' } });
  const session = huggingplace.startSession('cjs-conversation');
  await session.log({ user_prompt: 'Hello', ai_response: 'Hi there!' });

  const wrong = new HuggingPlace({ apiKey: 'wrong', orgId: process.env.HUGGINGPLACE_ORG_ID });
  try {
    await wrong.log({ userPrompt: 'Test prompt', response: 'Test response' });
  } catch (error) {
    if (error.code !== 'AUTH_ERROR' || !(error instanceof AuthenticationError)) throw error;
    return;
  }
  throw new Error('a wrong key was taken');
}

main().catch((error) => {
  process.exitCode = 1;
  process.stderr.write(`${error.stack}\n`);
});
