/** What a new server shows: how the first interaction gets here. */

export function QuickStart() {
  const example = `export HUGGINGPLACE_BASE_URL=${location.origin}
export HUGGINGPLACE_API_KEY=…   # the key this server was started with
export HUGGINGPLACE_ORG_ID=…`;
  return (
    <div class="empty">
      <span class="waiting" aria-hidden="true" />
      <strong>Waiting for the first interaction</strong>
      <p>Point your application here. It shows up on this page the moment it is stored.</p>
      <pre class="mono">{example}</pre>
      <pre class="mono">
        {'new NodeSDK({ ...huggingPlace(), instrumentations: [new OpenAIInstrumentation()] }).start();'}
      </pre>
    </div>
  );
}
