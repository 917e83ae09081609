// places.ts: where this phone is, when somebody asks for it, and not otherwise.
import { ref, shallowRef } from 'vue';
import type { Fix } from '../model/inspection.ts';

const here = shallowRef<Fix | null>(null);
const finding = ref(false);
/** It was refused, or there is none. */
const failed = ref(false);

/** Asks the phone; null if it doesn't tell. */
async function locate(): Promise<Fix | null> {
  finding.value = true;
  failed.value = false;
  try {
    here.value = await ask();
    return here.value;
  } catch {
    failed.value = true;
    return null;
  } finally {
    finding.value = false;
  }
}
const ask = (): Promise<Fix> =>
  new Promise((done, fail) =>
    navigator.geolocation.getCurrentPosition(
      ({ coords }) =>
        done({
          latitude: coords.latitude,
          longitude: coords.longitude,
          accuracy: coords.accuracy,
        }),
      fail,
      { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 },
    ),
  );

export const usePlace = () => ({ here, finding, failed, locate });
