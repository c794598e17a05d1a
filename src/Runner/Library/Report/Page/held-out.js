// Losses on what was held out from training: rings at the steps after which they were measured, joined by a dotted line.
"use strict";

report.heldOut = (() => {
  const points = (series) => (series.heldOut ?? []).filter(({ nats }) => nats !== null);
  const style = (series) => `stroke:${report.colour(series.colourRole)}`;
  return {
    // The last measurement at or before a step; null before the first.
    at: (series, step) => points(series).reduce((last, point) => (point.step <= step ? point : last), null),

    path: (series, { x, y }) => (points(series).length < 2 ? [] : [report.svg("path", {
      class: "held-out", "data-series": series.name, style: style(series),
      d: points(series).map(({ step, nats }, i) => `${i ? "L" : "M"}${x(step).toFixed(1)},${y(nats).toFixed(1)}`).join(""),
    })]),

    circle: (series, { x, y }) => points(series).filter(({ step }) => step >= x.domain[0] && step <= x.domain[1]).map(({ step, nats }) =>
      report.svg("circle", { class: "held-out", "data-series": series.name, "data-step": step, style: style(series), r: 4, cx: x(step), cy: y(nats) })),
  };
})();
