// Makes readings.txt from Unihan_Readings.txt (Debian's unicode-data) on stdin:
//   bzcat /usr/share/unicode/Unihan_Readings.txt.bz2 | node make.mjs > readings.txt
// All readings that the Table of General Standard Characters (2013) gives; for other characters the
// usual one. Without tones; ü stands under v and under u, as people type it.
import { readFileSync } from 'node:fs'

const readings = new Map()
const order = { kTGHZ2013: 2, kMandarin: 1 }
for (const line of readFileSync(0, 'utf8').split('\n')) {
  const [code, key, value] = line.split('\t')
  if (!line.startsWith('U+') || !order[key]) continue
  const number = parseInt(code.slice(2), 16)
  if (number < 0x4e00 || number > 0x9fff) continue
  if ((readings.get(number)?.rank ?? 0) > order[key]) continue
  const texts = value.split(' ').map((text) => text.replace(/^.*:/, ''))
  readings.set(number, { rank: order[key], texts })
}

const bySyllable = new Map()
const add = (syllable, number) => {
  if (!/^[a-z]+$/.test(syllable) || !/[aeiouv]/.test(syllable)) return
  if (!bySyllable.has(syllable)) bySyllable.set(syllable, new Set())
  bySyllable.get(syllable).add(String.fromCodePoint(number))
}
for (const number of [...readings.keys()].sort((a, b) => a - b)) {
  for (const text of readings.get(number).texts.flatMap((each) => each.split(','))) {
    const bare = text.normalize('NFD').replace(/u\u0308/g, 'v').replace(/[^a-z]/g, '')
    // With a tone between u and its dots: NFD orders the marks by class, both are above.
    const dotted = text.normalize('NFD').replace(/u([\u0300-\u036f]*)\u0308/g, 'v$1').replace(/[^a-z]/g, '')
    const syllable = dotted.includes('v') ? dotted : bare
    add(syllable, number)
    if (syllable.includes('v')) add(syllable.replace('v', 'u'), number)
  }
}
for (const syllable of [...bySyllable.keys()].sort()) {
  console.log(syllable + ' ' + [...bySyllable.get(syllable)].join(''))
}
