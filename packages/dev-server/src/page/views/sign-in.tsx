/** For a server that other machines can reach: who looks has to have the key of an organisation. */
import { useSignal } from '@preact/signals';
import { signIn } from '../api.ts';

export function SignIn() {
  const error = useSignal('');
  return (
    <form
      class="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        const key = new FormData(event.currentTarget).get('key');
        signIn(typeof key === 'string' ? key : '').then(
          () => location.reload(),
          (reason: unknown) => {
            error.value = reason instanceof Error ? reason.message : String(reason);
          },
        );
      }}
    >
      <img src="/icon.svg" alt="" width="40" height="40" />
      <h1>HuggingPlace</h1>
      <label class="field">
        <span>API key</span>
        <input name="key" type="password" required autoComplete="current-password" />
      </label>
      <button type="submit" class="primary">
        Look at interactions
      </button>
      <p role="alert">{error.value}</p>
    </form>
  );
}
