// gestures.ts: a picture that is pulled with one finger and made larger with two.
import { onBeforeUnmount, type Ref } from 'vue';
import { kSide, type Spot } from '../model/sketch.ts';

/** Less than this is a finger that trembles at a tap; units of the picture. */
const kTremble = 6;

/** `zoomBy`, `moveBy`: what becomes of it, in units of the picture. */
export function useGestures(
  picture: Ref<SVGSVGElement | null>,
  zoomBy: (factor: number, about: Spot) => void,
  moveBy: (by: Spot) => void,
) {
  const fingers = new Map<number, Spot>();
  let way = 0;

  function spotAt(event: PointerEvent): Spot {
    const matrix = picture.value?.getScreenCTM();
    if (!matrix) return { x: kSide / 2, y: kSide / 2 };
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return { x, y };
  }
  function begin(event: PointerEvent): void {
    if (fingers.size === 0) way = 0;
    fingers.set(event.pointerId, spotAt(event));
  }
  function go(event: PointerEvent): void {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = spotAt(event);
    fingers.set(event.pointerId, now);
    way += distance(before, now);
    // From here on it is no tap: the pin beneath may be drawn anew without losing the finger.
    if (way > kTremble) picture.value?.setPointerCapture(event.pointerId);
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (!other) {
      if (way > kTremble) moveBy({ x: now.x - before.x, y: now.y - before.y });
      return;
    }
    const about = { x: (now.x + other.x) / 2, y: (now.y + other.y) / 2 };
    const factor = distance(now, other) / Math.max(1, distance(before, other));
    if (factor > 0) zoomBy(factor, about);
  }
  const end = (event: PointerEvent): void => void fingers.delete(event.pointerId);
  /** Did the last touch pull the picture? Asked by a click, which comes after it. A key's click comes without one. */
  function wasMoved(): boolean {
    const moved = way > kTremble;
    way = 0;
    return moved;
  }
  onBeforeUnmount(() => fingers.clear());
  return { begin, go, end, wasMoved };
}
const distance = (a: Spot, b: Spot): number => Math.hypot(a.x - b.x, a.y - b.y);
