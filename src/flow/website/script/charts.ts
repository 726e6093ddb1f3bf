import { html } from './elements.ts';
import { readPublished } from './published.ts';

/** Shows the numbers of a week beside the pointer, steps through weeks by keyboard, and changes the time shown. */
export function watchCharts(section: HTMLElement): void {
  const pictures = section.querySelector<HTMLElement>('.pictures[data-chart="time-series"]');
  if (pictures === null) return;
  const tip = html('div', { class: 'tip', hidden: '', 'aria-live': 'polite' });
  pictures.append(tip);
  const stepper: Stepper = { section, pictures, tip, at: undefined };
  pictures.addEventListener('pointermove', ({ target }) => {
    const hit = target instanceof Element ? target.closest<SVGElement>('.hit') : null;
    if (hit !== null) show(stepper, hit);
  });
  pictures.addEventListener('pointerleave', () => hide(stepper));
  pictures.addEventListener('keydown', (event) => step(stepper, event));
  pictures.addEventListener('focusout', () => hide(stepper));
  pictures.tabIndex = 0;
  pictures.setAttribute('role', 'group');
  pictures.setAttribute('aria-label', pictures.dataset['hint'] ?? '');
  offerRanges(stepper);
}

interface Stepper {
  section: HTMLElement;
  pictures: HTMLElement;
  tip: HTMLElement;
  at: SVGElement | undefined;
}

/** Of the picture that is shown: the other size is there too. */
function hitsOf({ pictures }: Stepper): SVGElement[] {
  return [...pictures.querySelectorAll<SVGElement>('.hit')].filter((hit) => hit.getBoundingClientRect().width > 0);
}

function step(stepper: Stepper, event: KeyboardEvent): void {
  const hits = hitsOf(stepper);
  const now = stepper.at === undefined ? hits.length : hits.indexOf(stepper.at);
  const places: Record<string, number> = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: hits.length - 1 };
  if (event.key === 'Escape') return hide(stepper);
  const place = places[event.key];
  if (place === undefined) return;
  event.preventDefault();
  const hit = hits[Math.max(0, Math.min(place, hits.length - 1))];
  if (hit !== undefined) show(stepper, hit);
}

/** The words and numbers are those of the table below the chart: it cannot say anything else. */
function show(stepper: Stepper, hit: SVGElement): void {
  if (hit === stepper.at) return;
  hide(stepper);
  const { section, pictures, tip } = stepper;
  const row = [...section.querySelectorAll<HTMLTableRowElement>('tr[data-key]')].find(
    (candidate) => candidate.dataset['key'] === hit.dataset['week'],
  );
  if (row === undefined) return;
  const heads = [...section.querySelectorAll('thead th')].map((head) => head.textContent ?? '');
  const cells = [...row.cells].map((cell) => cell.textContent ?? '');
  const lines = cells.flatMap((cell, n) =>
    n === 0 || cell === '' ? [] : [html('dt', {}, heads[n] ?? ''), html('dd', {}, cell)],
  );
  tip.replaceChildren(html('strong', {}, cells[0] ?? ''), html('dl', {}, ...lines));
  tip.hidden = false;
  hit.classList.add('at');
  stepper.at = hit;
  place(tip, hit, pictures);
}

/** On the side that has more room. */
function place(tip: HTMLElement, hit: SVGElement, pictures: HTMLElement): void {
  const [week, frame] = [hit.getBoundingClientRect(), pictures.getBoundingClientRect()];
  const isRight = week.left - frame.left > frame.width / 2;
  tip.style.setProperty('left', isRight ? 'auto' : `${week.right - frame.left + 12}px`);
  tip.style.setProperty('right', isRight ? `${frame.right - week.left + 12}px` : 'auto');
}

function hide(stepper: Stepper): void {
  stepper.at?.classList.remove('at');
  stepper.at = undefined;
  stepper.tip.hidden = true;
}

function offerRanges(stepper: Stepper): void {
  const group = stepper.section.querySelector<HTMLElement>('.ranges');
  if (group === null) return;
  const buttons = [...group.querySelectorAll<HTMLButtonElement>('button')];
  for (const button of buttons) {
    button.addEventListener('click', () => {
      for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
      void showRange(stepper, button.dataset['range'] ?? '');
    });
  }
  group.hidden = false;
}

async function showRange(stepper: Stepper, path: string): Promise<void> {
  hide(stepper);
  for (const size of ['wide', 'narrow']) {
    const text = await readPublished(`${path}-${size}.svg`);
    const picture = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
    stepper.pictures.querySelector(`.${size}`)?.replaceChildren(document.importNode(picture, true));
  }
  const first = stepper.pictures.querySelector<SVGElement>('.hit')?.dataset['week'] ?? '';
  // The numbers in the picture count those shown, and so does a list whose other entries are hidden.
  for (const pin of stepper.section.querySelectorAll<HTMLElement>('.pins li')) {
    pin.hidden = (pin.querySelector('time')?.dateTime ?? '') < first;
  }
}
