// pinyin.ts: what typed letters can mean: syllables (dianti; the last one may be unfinished), or the first letter of each
// character (dt). As the node's search reads them (node/store/pinyin), but for words of two readings: here both find them.

export class Readings {
  private constructor(private readonly readings: ReadonlyMap<string, readonly string[]>) {}

  /** `text`: lines of a syllable and the characters that are read so. */
  static of(text: string): Readings {
    const readings = new Map<string, string[]>();
    for (const line of text.split('\n')) {
      const [syllable, characters] = line.split(' ');
      if (!syllable || !characters) continue;
      for (const character of characters) {
        const others = readings.get(character);
        if (others) others.push(syllable);
        else readings.set(character, [syllable]);
      }
    }
    return new Readings(readings);
  }

  /** Do some neighbouring characters of `text` read so? `letters`: a to z. */
  matches(text: string, letters: string): boolean {
    const characters = [...text];
    return characters.some(
      (_, i) => this.spells(characters, i, letters) || this.begins(characters, i, letters),
    );
  }
  /** By syllables, from the `i`th character on. */
  private spells(characters: readonly string[], i: number, letters: string): boolean {
    return this.of(characters[i]).some(
      (syllable) =>
        syllable.startsWith(letters) ||
        (letters.startsWith(syllable) &&
          this.spells(characters, i + 1, letters.slice(syllable.length))),
    );
  }
  /** By first letters. */
  private begins(characters: readonly string[], i: number, letters: string): boolean {
    return [...letters].every((letter, n) =>
      this.of(characters[i + n]).some((syllable) => syllable.startsWith(letter)),
    );
  }
  private of(character: string | undefined): readonly string[] {
    return (character && this.readings.get(character)) || [];
  }
}

let readings: Promise<Readings> | null = null;
/** Loaded when somebody types letters: few do, and it is 32 KiB. Rejects without a line if the app isn't kept yet. */
export function loadReadings(): Promise<Readings> {
  readings ??= import('../../../../../node/store/pinyin/readings.txt?raw').then(
    ({ default: text }) => Readings.of(text),
    (error: unknown) => {
      readings = null;
      throw error;
    },
  );
  return readings;
}
