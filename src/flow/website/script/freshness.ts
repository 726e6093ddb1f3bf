/** After this a week that should be there is missing, not only late. */
const GRACE = 2 * 86_400_000;

/** The page cannot know how old it is; the reader's clock can. */
export function watchFreshness(body: HTMLElement): void {
  const due = Date.parse(body.dataset['nextUpdate'] ?? '');
  const notice = document.querySelector<HTMLElement>('#stale');
  if (notice !== null && Date.now() > due + GRACE) notice.hidden = false;
}
