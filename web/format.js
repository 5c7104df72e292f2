// Numbers for people.

const whole = new Intl.NumberFormat('en', {maximumFractionDigits: 0});
const short = new Intl.NumberFormat('en', {maximumSignificantDigits: 3});

export const count = (value) => whole.format(value);
export const decimal = (value) => (Math.abs(value) >= 1000 ? whole : short).format(value);
/** Of what happens so many times a second. */
export const frequency = (value) => (value === 0 || value >= 1 ? `${decimal(value)}/s` : `${decimal(value * 60)}/min`);
export const percent = (ratio) => `${short.format(ratio * 100)} %`;

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (Math.abs(value) >= 1000 && unit + 1 < units.length) {
    value /= 1024;
    ++unit;
  }
  return `${decimal(value)} ${units[unit]}`;
}

/** A latency, in seconds. */
export function latency(seconds) {
  if (seconds >= 1 || seconds === 0) return `${short.format(seconds)} s`;
  return seconds >= 1e-3 ? `${short.format(seconds * 1e3)} ms` : `${short.format(seconds * 1e6)} µs`;
}

/** How long something has lasted, in seconds: the two largest units. */
export function duration(seconds) {
  const parts = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
  let left = Math.floor(seconds);
  const said = [];
  for (const [unit, size] of parts) {
    const amount = Math.floor(left / size);
    left -= amount * size;
    if (amount > 0) said.push(`${amount} ${unit}`);
    else if (said.length > 0) break;
    if (said.length === 2) break;
  }
  return said.join(' ') || '0 s';
}

export const clock = (date) => date.toLocaleTimeString('en-GB');
