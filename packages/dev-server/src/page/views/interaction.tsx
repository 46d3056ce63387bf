/** One interaction: what was asked and answered, where its time went, and everything else that is known of it. */
import type { Interaction } from '../../page-contract.ts';
import { address, hrefTo, parameter } from '../address.ts';
import { getInteraction } from '../api.ts';
import { count, duration, fullMoment } from '../format.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { Facts } from '../parts/facts.tsx';
import { Icon } from '../parts/icon.tsx';
import { Link } from '../parts/link.tsx';
import { Await } from '../parts/state.tsx';
import { TextBlock } from '../parts/text-block.tsx';
import { Waterfall } from '../parts/waterfall.tsx';
import { useAnswer } from '../use-answer.ts';

/** Feedback may come later; nothing else of it changes. */
const REFRESH_MS = 5_000;

export function InteractionView({ id }: { id: string }) {
  const org = parameter('org');
  const answered = useAnswer(`${org ?? ''}/${id}`, (signal) => getInteraction(id, { org }, signal), REFRESH_MS);
  const list = new URLSearchParams(address.value.query).toString();
  return (
    <article class="detail" aria-label="Interaction">
      <div class="detail-bar">
        <Link
          class="ghost"
          href={list ? `/?${list}` : '/'}
          data-back=""
          aria-label="Back to the list"
          title="Back to the list (Esc)"
        >
          <Icon name="back" />
        </Link>
        <h2>{answered.data?.prompt.slice(0, 200) || `Interaction ${id}`}</h2>
        <CopyButton
          text={`${location.origin}${hrefTo(`/interactions/${id}`)}`}
          label="Copy a link to this interaction"
        />
      </div>
      <Await answered={answered}>{(interaction) => <Details key={interaction.id} interaction={interaction} />}</Await>
    </article>
  );
}

function Details({ interaction }: { interaction: Interaction }) {
  const { metaData, failed } = interaction;
  const message = metaData['errorMessage'];
  return (
    <>
      <Summary interaction={interaction} />
      {failed && (
        <div class="notice failed">
          <strong>{interaction.errorType ?? 'Failed'}</strong>
          {typeof message === 'string' && <p>{message}</p>}
        </div>
      )}
      <Marks metaData={metaData} />
      <div class="exchange">
        {typeof metaData['system_prompt'] === 'string' && (
          <TextBlock label="System prompt" text={metaData['system_prompt']} />
        )}
        <TextBlock label="Prompt" kind="prompt" text={interaction.prompt} />
        <TextBlock label="Answer" kind="answer" text={interaction.answer} />
      </div>
      {interaction.steps.length > 0 && <Waterfall interaction={interaction} />}
      <Facts label="Metadata" values={without(metaData, ['system_prompt'])} />
      <Facts label="User" values={userFacts(interaction)} />
      <Facts
        label="Record"
        values={known({
          message_id: interaction.messageId,
          mode: interaction.mode,
          org_uuid: interaction.customerOrganisation,
          file_name: interaction.fileName,
          mapping_table: interaction.mappingTable,
          response_time: interaction.responseTime,
          stored: interaction.createdAt,
        })}
      />
    </>
  );
}

function Summary({ interaction }: { interaction: Interaction }) {
  const { model, secondModel, tokens, inputTokens, outputTokens, responseTimeMs, sessionId, user, createdAt, mode } =
    interaction;
  const figures: [string, string][] = [
    ['Time', duration(responseTimeMs)],
    ...(tokens === null ? [] : ([['Tokens', count(tokens)]] as [string, string][])),
    ...(inputTokens === null ? [] : ([['In', count(inputTokens)]] as [string, string][])),
    ...(outputTokens === null ? [] : ([['Out', count(outputTokens)]] as [string, string][])),
    ['Steps', count(interaction.steps.length)],
  ];
  return (
    <div class="summary">
      <dl class="figures">
        {figures.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd class="number">{value}</dd>
          </div>
        ))}
      </dl>
      <div class="links">
        {[model, secondModel].map(
          (one) =>
            one && (
              <Link key={one} class="tag" href={hrefTo('/', { model: one })} title="All of this model">
                {one}
              </Link>
            ),
        )}
        {mode === 'dev' && <span class="tag dev">dev</span>}
        {user && (
          <Link class="tag" href={hrefTo('/', { user })} title="All of this user">
            <span class="faint">user</span> {user}
          </Link>
        )}
        {sessionId && (
          <Link
            class="tag"
            href={hrefTo(`/conversations/${encodeURIComponent(sessionId)}`)}
            title="The whole conversation"
          >
            <span class="faint">session</span> {sessionId}
          </Link>
        )}
        <time class="faint" dateTime={createdAt}>
          {fullMoment(createdAt)}
        </time>
      </div>
    </div>
  );
}

const MARKS: Readonly<Record<string, string>> = {
  incomplete: 'A part of it never ended.',
  truncated: 'Limits cut some of it.',
  content_missing: 'The prompt or the answer was not recorded.',
};

function Marks({ metaData }: { metaData: Readonly<Record<string, unknown>> }) {
  const set = Object.keys(MARKS).filter((name) => metaData[name] === true);
  return set.length === 0 ? null : <p class="notice">{set.map((name) => MARKS[name]).join(' ')}</p>;
}

const userFacts = (interaction: Interaction): Record<string, unknown> => ({
  ...known({ id: interaction.user, roles: interaction.userRoles.length > 0 ? interaction.userRoles.join(', ') : null }),
  ...interaction.userMetaData,
});

const known = (values: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null));

const without = (values: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !keys.includes(key)));
