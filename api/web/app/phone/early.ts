// early.ts: what somebody typed and asked for in phone.html before the app was there, taken over by the form that takes
// its place.
export interface Early {
  readonly line: string;
  /** The button was pressed. */
  readonly asked: boolean;
  /** What has the focus. The field: a phone has its keyboard open. */
  readonly focus: 'line' | 'button' | null;
}
const kNothing: Early = { line: '', asked: false, focus: null };
let kept = kNothing;

/** To be called just before the app is drawn: that clears the page. */
export function keepEarly(): void {
  const form = document.querySelector<HTMLFormElement>('#early');
  const box = form?.querySelector('textarea');
  if (!form || !box) return;
  const active = document.activeElement;
  kept = {
    line: box.value,
    asked: 'asked' in form.dataset,
    focus: active === box ? 'line' : form.contains(active) ? 'button' : null,
  };
}
/** Once; then nothing. */
export function takeEarly(): Early {
  const taken = kept;
  kept = kNothing;
  return taken;
}
