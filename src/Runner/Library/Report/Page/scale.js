// Axes: from values to pixels, and round numbers for the ticks.
"use strict";

report.linear = (from, to, pixelFrom, pixelTo) => {
  const scale = (value) => pixelFrom + ((value - from) / (to - from || 1)) * (pixelTo - pixelFrom);
  scale.invert = (pixel) => from + ((pixel - pixelFrom) / (pixelTo - pixelFrom || 1)) * (to - from);
  scale.domain = [from, to];
  return scale;
};

// About `count` round numbers (1, 2 or 5 times a power of ten apart) between two values, and the decimals they need.
report.ticks = (from, to, count, least = 0) => {
  const rough = (to - from) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const gap = Math.max(least, power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10));
  const values = [];
  for (let k = Math.ceil(from / gap - 1e-9); k * gap <= to + gap * 1e-9; k++) values.push(k * gap);
  return { values, decimals: Math.max(0, -Math.floor(Math.log10(gap) + 1e-9)) };
};
