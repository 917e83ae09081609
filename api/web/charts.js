// charts.js: two charts drawn by hand as SVG, at the width they are given, so that text keeps its
// size on a phone and on a wall. Each is an image with a spoken summary; the numbers themselves are
// in the table that stands beneath it.
import { svg, t } from './linli.js';

const ruler = document.createElement('canvas').getContext('2d');

function rem() {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}

function textWidth(text, size) {
  ruler.font = `${size}px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(text).width;
}

function shorten(text, size, width) {
  if (textWidth(text, size) <= width) return text;
  let kept = [...text];
  while (kept.length > 1 && textWidth(`${kept.join('')}…`, size) > width) kept.pop();
  return `${kept.join('')}…`;
}

/** Round steps, so that the axis reads 0, 20, 40 and not 0, 17, 34; whole ones for small counts. */
export function ticks(max, wanted = 4) {
  if (!(max > 0)) return [0, 1];
  const raw = max / wanted;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= raw);
  const list = [];
  for (let i = 0; i * step < max + step * 0.999; i++) list.push(+(i * step).toPrecision(12));
  return list;
}

/** Keeps a chart drawn in `host` at its present width. Answers with the function that sets data. */
export function chart(host, draw) {
  let data = null;
  let width = 0;
  const paint = () => {
    if (data && width > 0) host.replaceChildren(draw(data, width));
  };
  new ResizeObserver(() => {
    const now = Math.floor(host.clientWidth);
    if (now === width) return;
    width = now;
    paint();
  }).observe(host);
  return (next) => {
    data = next;
    width = Math.floor(host.clientWidth);
    paint();
  };
}

/** data: {title, summary, percent, bars: [{key, name, value (may be null), text, warn}]} */
export function barChart(data, width) {
  const unit = rem();
  const size = unit * 0.9;
  const row = unit * 1.9;
  const mark = data.bars.some((bar) => bar.warn) ? unit * 1.3 : 0;
  const widest = Math.max(0, ...data.bars.map((bar) => textWidth(bar.name, size)));
  const nameWidth = Math.min(widest, width * 0.36);
  const textSpace = Math.max(0, ...data.bars.map((bar) => textWidth(bar.text, size))) + unit * 0.5;
  const left = nameWidth + mark + unit * 0.5;
  const room = Math.max(unit, width - left - textSpace);
  const max = data.percent ? 100 : Math.max(...data.bars.map((bar) => bar.value || 0), 0) || 1;
  const height = Math.max(1, data.bars.length) * row;
  const image = svg('svg', {
    role: 'img',
    'aria-label': `${data.title}. ${data.summary}`,
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    class: 'chart',
  });
  data.bars.forEach((bar, i) => {
    const y = i * row;
    const middle = y + row / 2;
    const length = Math.max(bar.value > 0 ? 2 : 0, (Math.min(bar.value || 0, max) / max) * room);
    image.append(
      svg(
        'g',
        { 'data-key': bar.key, 'data-value': bar.value ?? '' },
        svg('title', {}, `${bar.name}: ${bar.text}`),
        svg(
          'text',
          { x: nameWidth, y: middle, 'text-anchor': 'end', 'font-size': size, class: 'name' },
          shorten(bar.name, size, nameWidth + 1),
        ),
        bar.warn ? warning(nameWidth + mark / 2 + unit * 0.15, middle, unit * 0.5) : null,
        svg('rect', {
          x: left, y: y + row * 0.18, width: room, height: row * 0.64, rx: 2, class: 'track',
        }),
        svg('rect', {
          x: left, y: y + row * 0.18, width: length, height: row * 0.64, rx: 2, class: 'bar',
        }),
        svg(
          'text',
          {
            x: left + (data.percent ? room : length) + unit * 0.35,
            y: middle, 'font-size': size, class: 'value',
          },
          bar.text,
        ),
      ),
    );
  });
  return image;
}

function warning(x, y, radius) {
  return svg(
    'g',
    { class: 'warning' },
    svg('circle', { cx: x, cy: y, r: radius }),
    svg('text', { x, y, 'text-anchor': 'middle', 'font-size': radius * 1.6 }, '!'),
  );
}

/**
 * data: {title, summary, percent, line, format, points: [{month, value (may be null), text}]}
 * Shares are drawn as a line (a gap stays a gap), counts as bars.
 */
export function monthChart(data, width) {
  const unit = rem();
  const size = unit * 0.8;
  const height = unit * 12;
  const steps = data.percent
    ? [0, 25, 50, 75, 100]
    : ticks(Math.max(...data.points.map((point) => point.value || 0), 0));
  const max = steps[steps.length - 1];
  const left = Math.max(...steps.map((step) => textWidth(data.format(step), size))) + unit * 0.5;
  const top = unit * 1.3;
  const bottom = unit * 2.4;
  const room = height - top - bottom;
  const slot = (width - left - unit * 0.3) / Math.max(1, data.points.length);
  const at = (value) => top + room - (Math.min(value, max) / max) * room;
  const centre = (i) => left + slot * (i + 0.5);
  const image = svg('svg', {
    role: 'img',
    'aria-label': `${data.title}. ${data.summary}`,
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    class: 'chart',
  });
  for (const step of steps) {
    image.append(
      svg('line', { x1: left, x2: width, y1: at(step), y2: at(step), class: 'grid' }),
      svg(
        'text',
        { x: left - unit * 0.35, y: at(step), 'text-anchor': 'end', 'font-size': size, class: 'axis' },
        data.format(step),
      ),
    );
  }

  // As many month names as fit; the year stands under the first and under each January.
  const every = Math.max(1, Math.ceil((unit * 1.5) / slot));
  const valuesFit = slot >= Math.max(...data.points.map((p) => textWidth(p.text, size))) + 2;
  let path = '';
  data.points.forEach((point, i) => {
    const x = centre(i);
    const group = svg(
      'g',
      { 'data-key': point.month, 'data-value': point.value ?? '' },
      svg('title', {}, `${point.month}: ${point.text}`),
      // The whole column answers to the pointer, not only what is drawn.
      svg('rect', { x: x - slot / 2, y: top, width: slot, height: room, class: 'hit' }),
    );
    if (point.value !== null) {
      const y = at(point.value);
      if (data.line) {
        group.append(svg('circle', { cx: x, cy: y, r: unit * 0.25, class: 'dot' }));
      } else {
        const bar = Math.min(slot * 0.7, unit * 3);
        group.append(
          svg('rect', { x: x - bar / 2, y, width: bar, height: top + room - y, class: 'bar' }),
        );
      }
      if (valuesFit && (data.line || point.value > 0)) {
        group.append(
          svg(
            'text',
            { x, y: y - unit * 0.6, 'text-anchor': 'middle', 'font-size': size, class: 'value' },
            point.text,
          ),
        );
      }
    }
    path += point.value === null ? ' ' : `${/\d$/.test(path) ? 'L' : 'M'}${x} ${at(point.value)}`;
    const month = Number(point.month.slice(5, 7));
    if (i % every === 0) {
      group.append(
        svg(
          'text',
          { x, y: top + room + unit * 0.8, 'text-anchor': 'middle', 'font-size': size, class: 'axis' },
          String(month),
        ),
      );
    }
    const nextYear = data.points.findIndex((other, j) => j > 0 && other.month.endsWith('-01'));
    const crowded = nextYear > 0 && nextYear * slot < unit * 2.6;
    if ((i === 0 && !crowded) || month === 1) {
      group.append(
        svg(
          'text',
          {
            x: Math.max(x, left), y: top + room + unit * 1.8,
            'text-anchor': 'middle', 'font-size': size, class: 'axis',
          },
          point.month.slice(0, 4),
        ),
      );
    }
    image.append(group);
  });
  if (data.line && path.trim()) {
    const line = svg('path', { d: path.replace(/ +/g, ' ').trim(), class: 'line' });
    image.insertBefore(line, image.querySelector('g'));
  }
  image.append(svg('title', {}, `${data.title} (${t('month_axis')})`));
  return image;
}
