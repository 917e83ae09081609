// early.ts: what somebody typed and asked for in phone.html before the app was there, taken over by the form that takes
// its place.
export interface Early {
  readonly line: string;
  /** The button was pressed. */
  readonly asked: boolean;
  /** The field has the focus, and a phone its keyboard open. */
  readonly focused: boolean;
}
const kNothing: Early = { line: '', asked: false, focused: false };
let kept = kNothing;

/** To be called just before the app is drawn: that clears the page. */
export function keepEarly(): void {
  const form = document.querySelector<HTMLFormElement>('#early');
  const box = form?.querySelector('textarea');
  if (!form || !box) return;
  kept = {
    line: box.value,
    asked: 'asked' in form.dataset,
    focused: document.activeElement === box,
  };
}
/** Once; then nothing. */
export function takeEarly(): Early {
  const taken = kept;
  kept = kNothing;
  return taken;
}
