// Where the labels of the chart's baselines go.
"use strict";

// lines: [{ text, height }], in pixels; curves: functions from a pixel column to the height of a curve, or null. Returns for
// each label that has a place [{ text, x, y, anchor }]: at an end of its line if it can, above it if it can, and nowhere at
// all rather than on a curve or on another label.
report.placeLabels = (lines, box, curves) => {
  const clear = 4, charWidth = 7, rise = 12; // pixels
  const taken = [];
  const place = ({ text, height }) => {
    const length = text.length * charWidth, first = box.left + 6, last = box.right - 6 - length;
    const inner = [];
    for (let left = first + 24; left < last; left += 24) inner.push(left);
    for (const left of [last, first, ...inner.reverse()]) {
      for (const foot of [height - 5, height + 4 + rise]) {
        const area = { left: left - 2, right: left + length + 2, top: foot - rise - clear, bottom: foot + clear };
        if (area.top < box.top - clear || area.bottom > box.bottom || taken.some((other) => overlap(area, other)) || curves.some((curve) => crosses(curve, area))) continue;
        taken.push(area);
        return left === last ? { text, x: box.right - 6, y: foot, anchor: "end" } : { text, x: left, y: foot, anchor: "start" };
      }
    }
    return null;
  };
  const overlap = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  // Between two columns a curve may pass through the area without a point in it.
  const crosses = (curve, area) => {
    let previous = null;
    for (let pixel = area.left; pixel <= area.right; pixel += 2) {
      const height = curve(pixel);
      if (height !== null && Math.max(height, previous ?? height) >= area.top && Math.min(height, previous ?? height) <= area.bottom) return true;
      previous = height;
    }
    return false;
  };
  return lines.map(place).filter((label) => label !== null);
};
