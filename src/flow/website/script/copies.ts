/** Buttons that copy what stands before them. Where the browser has no clipboard they stay hidden. */
export function offerCopies(page: Document): void {
  if (navigator.clipboard === undefined) return;
  for (const button of page.querySelectorAll<HTMLButtonElement>('[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', () => {
      const text = button.parentElement?.querySelector('pre')?.textContent ?? '';
      void copyWith(button, text, button.dataset['copy'] ?? '');
    });
  }
}

export async function copyWith(button: HTMLElement, text: string, copied: string): Promise<void> {
  await navigator.clipboard.writeText(text);
  button.textContent = copied;
}
