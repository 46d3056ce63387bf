/** The shape of an interaction in the width of a word: its steps as bars along its time. */
import type { InteractionSummary } from '../../page-contract.ts';
import { stepClass } from './step-type.ts';

export function StepOutline({ interaction }: { interaction: InteractionSummary }) {
  const { steps } = interaction;
  const end = Math.max(
    interaction.responseTimeMs ?? 0,
    ...steps.map((step) => (step.startMs ?? 0) + (step.timeMs ?? 0)),
    1,
  );
  return (
    <svg class="outline" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
      <rect class="outline-track" x="0" y="9.25" width="100" height="1.5" />
      {steps.slice(0, 12).map((step, index) => {
        const x = Math.min(((step.startMs ?? 0) / end) * 100, 98.5);
        const width = Math.max(((step.timeMs ?? 0) / end) * 100, 1.5);
        const lane = Math.min(steps.length, 5);
        return (
          <rect
            key={index}
            class={`bar ${stepClass(step.type)} ${step.failed ? 'failed' : ''}`}
            x={x}
            y={2 + (index % lane) * (16 / lane)}
            width={Math.min(width, 100 - x)}
            height={Math.max(16 / lane - 1, 2)}
          />
        );
      })}
    </svg>
  );
}
