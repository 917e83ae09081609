// title.ts: the window's title follows the page.
import { watchEffect } from 'vue';
import { say } from '../../shared/language.ts';

export function useTitle(title: () => string): void {
  watchEffect(() => {
    const board = say(['业主公示栏', 'Owners’ notice board']);
    document.title = title() ? `${title()} · ${board}` : board;
  });
}
