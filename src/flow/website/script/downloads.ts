import { html } from './elements.ts';
import { pngFileOf, svgFileOf } from './picture.ts';

/** After this the browser has long begun to save. */
const KEPT = 60_000;

/** Buttons that save the picture as it is when they are pressed. */
export function offerPictures(form: HTMLFormElement): void {
  const picture = () => form.querySelector<SVGSVGElement>('#compare-view svg');
  form.querySelector('#compare-svg')?.addEventListener('click', () => {
    const shown = picture();
    if (shown === null) return;
    save(new Blob([svgFileOf(shown, location.href)], { type: 'image/svg+xml' }), fileName(location.search, 'svg'));
  });
  form.querySelector('#compare-png')?.addEventListener('click', async () => {
    const shown = picture();
    const file = shown && (await pngFileOf(shown));
    if (file) save(file, fileName(location.search, 'png'));
  });
}

/** `search`: of the page's address, which says what is shown. */
export function fileName(search: string, ending: string): string {
  return `${`rollcall-${search}`.replace(/[^\w.]+/g, '-').replace(/-$/, '')}.${ending}`;
}

function save(file: Blob, name: string): void {
  const href = URL.createObjectURL(file);
  html('a', { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), KEPT);
}
