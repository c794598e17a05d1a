// The losses of one run: moving averages, look-up by step, and as many points as a screen can show.
"use strict";

report.series = (data) => {
  const steps = Array.isArray(data.steps)
    ? data.steps
    : Array.from({ length: data.steps.count }, (_, i) => data.steps.first + i * data.steps.stride);
  const losses = data.losses;

  // Running sums make an average of any width as quick as one of width 1. A loss that is not a number counts for nothing.
  const sums = new Float64Array(losses.length + 1);
  const counts = new Int32Array(losses.length + 1);
  losses.forEach((loss, i) => {
    sums[i + 1] = sums[i] + (loss ?? 0);
    counts[i + 1] = counts[i] + (loss === null ? 0 : 1);
  });

  // The mean of the last `width` losses up to each point, or of as many as there are.
  const averages = new Map();
  const averaged = (width) => {
    if (width <= 1) return losses;
    if (!averages.has(width)) {
      if (averages.size > 8) averages.clear();
      averages.set(width, losses.map((loss, i) => {
        const from = Math.max(0, i + 1 - width);
        return loss === null ? null : (sums[i + 1] - sums[from]) / (counts[i + 1] - counts[from]);
      }));
    }
    return averages.get(width);
  };

  // Index of the first point at or after a step (the number of points where there is none).
  const firstAt = (step) => {
    let low = 0, high = steps.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (steps[middle] < step) low = middle + 1; else high = middle;
    }
    return low;
  };

  // Index of the point nearest to a step; -1 beyond either end of the run.
  const nearest = (step) => {
    if (!steps.length || step < steps[0] || step > steps[steps.length - 1]) return -1;
    const after = firstAt(step);
    return after > 0 && step - steps[after - 1] < steps[after] - step ? after - 1 : after;
  };

  return { ...data, steps, losses, averaged, firstAt, nearest };
};

// Points of a line between two indices, thinned to at most four a pixel column: the first, the lowest, the highest and
// the last, in their order. The line drawn is the same to the eye, however many points there are. Returns their
// indices, with -1 for a gap.
report.thin = (xs, ys, from, to, toPixel) => {
  const kept = [];
  let column = null, first, low, high, last;
  const flush = () => {
    if (column === null) return;
    let previous = -1;
    for (const index of [first, low, high, last].sort((a, b) => a - b)) {
      if (index !== previous) kept.push(index);
      previous = index;
    }
  };
  for (let i = from; i < to; i++) {
    if (ys[i] === null) {
      flush();
      if (column !== null) kept.push(-1); // a gap
      column = null;
      continue;
    }
    const pixel = Math.floor(toPixel(xs[i]));
    if (pixel !== column) {
      flush();
      column = pixel;
      first = low = high = last = i;
      continue;
    }
    if (ys[i] < ys[low]) low = i;
    if (ys[i] > ys[high]) high = i;
    last = i;
  }
  flush();
  return kept;
};
