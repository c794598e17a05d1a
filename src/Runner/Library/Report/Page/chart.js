// The loss chart: axes, curves, baselines, the cross-hair and the zoom. It knows nothing of the controls around it.
"use strict";

report.chart = ({ plot, svg, tooltip, readOut }, data, allSeries) => {
  const { el, svg: draw, format, linear, ticks, thin, colour } = report;
  const state = {
    shown: new Set(allSeries.map((series) => series.name)),
    baselines: new Set(data.baselines.map((line) => line.name)),
    heldOut: new Set(["held-out"]), // or empty
    mode: "smoothed", // or "raw", or "both"
    width: 1,         // of the moving average, in steps
    zoom: null,       // [first, last] step, or null for all
    step: null,       // under the cross-hair
  };
  let frame = null;   // the scales and margins of the last drawing
  let rows = [];      // rows of the tooltip: { series, dot, mean, loss }

  const shownSeries = () => allSeries.filter((series) => state.shown.has(series.name));
  const smoothing = () => state.mode !== "raw" && state.width > 1;
  const curve = (series) => (smoothing() ? series.averaged(state.width) : series.losses);

  // The run that the cross-hair steps along: the longest of those shown.
  const longest = () => {
    const shown = shownSeries();
    return (shown.length ? shown : allSeries).reduce((a, b) => (b.steps.length > a.steps.length ? b : a));
  };

  const fullRange = () => {
    const shown = shownSeries().length ? shownSeries() : allSeries;
    const first = Math.min(...shown.map((series) => series.steps[0]));
    const last = Math.max(...shown.map((series) => series.steps[series.steps.length - 1]));
    return first === last ? [first - 0.5, last + 0.5] : [first, last];
  };

  // What the curves that are shown reach between two steps; baselines that lie outside are marked at the edge.
  const lossRange = ([first, last]) => {
    let low = Infinity, high = -Infinity;
    for (const series of shownSeries()) {
      const drawn = state.mode === "both" ? [series.losses, curve(series)] : [curve(series)];
      const to = series.firstAt(last + 1e-9);
      for (const values of drawn) {
        for (let i = series.firstAt(first); i < to; i++) {
          if (values[i] === null) continue;
          if (values[i] < low) low = values[i];
          if (values[i] > high) high = values[i];
        }
      }
    }
    for (const { step, nats } of shownSeries().flatMap((series) => (state.heldOut.size ? series.heldOut ?? [] : []))) {
      if (step < first || step > last || nats === null) continue;
      if (nats < low) low = nats;
      if (nats > high) high = nats;
    }
    if (low > high) {
      const heights = data.baselines.filter((line) => state.baselines.has(line.name)).map((line) => line.nats);
      low = Math.min(...heights);
      high = Math.max(...heights);
      if (low > high) [low, high] = [0, 1];
    }
    const margin = (high - low) * 0.05 || 0.05;
    return [low - margin, high + margin];
  };

  const render = () => {
    const { width, height } = plot.getBoundingClientRect();
    if (width < 100) return; // not laid out yet
    const wide = width >= 640;
    const box = { left: wide ? 52 : 40, right: width - (wide ? 118 : 10), top: 12, bottom: height - 40 };
    const range = state.zoom ?? fullRange();
    const losses = lossRange(range);
    const x = linear(range[0], range[1], box.left, box.right);
    const y = linear(losses[0], losses[1], box.bottom, box.top);
    frame = { x, y, box, wide };
    // Where there is no room beside the cross-hair, its values stand below the chart, at the last step to begin with.
    tooltip.classList.toggle("below", !wide);

    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    // Where the axes lie, for whoever reads the drawing by program.
    Object.assign(svg.dataset, {
      steps: range.join(" "), losses: losses.join(" "),
      left: box.left, right: box.right, top: box.top, bottom: box.bottom,
    });

    svg.replaceChildren(
      draw("defs", null, draw("clipPath", { id: "inside-axes" },
        draw("rect", { x: box.left, y: box.top - 2, width: box.right - box.left, height: box.bottom - box.top + 4 }))),
      ...axes(wide),
      draw("g", { "clip-path": "url(#inside-axes)" }, ...baselineLines(), ...curves(), ...heldOut("path")),
      ...heldOut("circle"),
      ...baselineLabels(),
      ...(wide ? endLabels() : []),
      draw("g", { id: "cross-hair" }),
      draw("rect", { id: "selection", y: box.top, height: box.bottom - box.top, width: 0 }));
    buildTooltip();
    drawCrossHair();
  };

  const axes = (wide) => {
    const { x, y, box } = frame;
    const steps = ticks(...x.domain, (box.right - box.left) / (wide ? 90 : 60), 1);
    const losses = ticks(...y.domain, (box.bottom - box.top) / 44);
    return [
      draw("g", { class: "grid" }, losses.values.map((value) =>
        draw("line", { x1: box.left, x2: box.right, y1: y(value), y2: y(value) }))),
      draw("line", { class: "axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom }),
      draw("g", { class: "tick-labels" },
        losses.values.map((value) =>
          draw("text", { x: box.left - 8, y: y(value), dy: "0.32em", "text-anchor": "end" }, Math.abs(value) >= 1e4 ? format.general(value) : format.fixed(value, losses.decimals))),
        steps.values.map((value) =>
          draw("text", { x: x(value), y: box.bottom + 18, "text-anchor": !wide && x(value) > box.right - 18 ? "end" : "middle" }, format.integer(value))),
        draw("text", { class: "axis-name", x: box.right, y: box.bottom + 34, "text-anchor": "end" }, "step →")),
    ];
  };

  const pathOf = (series, values) => {
    const { x, y } = frame;
    // One point beyond each edge, so that a line leaves the picture instead of ending in it.
    const from = Math.max(0, series.firstAt(x.domain[0]) - 1);
    const to = Math.min(series.steps.length, series.firstAt(x.domain[1] + 1e-9) + 1);
    let d = "", pen = "M";
    for (const i of thin(series.steps, values, from, to, x)) {
      if (i < 0) {
        pen = "M";
        continue;
      }
      d += `${pen}${x(series.steps[i]).toFixed(1)},${y(values[i]).toFixed(1)}`;
      pen = "L";
    }
    return d;
  };

  const curves = () => {
    const shown = shownSeries();
    const line = (series, values, kind) => draw("path", {
      class: `curve ${kind}`, "data-series": series.name, d: pathOf(series, values), style: `stroke:${colour(series.colourRole)}`,
    });
    const faint = state.mode === "both" ? shown.map((series) => line(series, series.losses, "raw faint")) : [];
    return [...faint, ...shown.map((series) => line(series, curve(series), smoothing() ? "smoothed" : "raw"))];
  };

  const heldOut = (kind) => (state.heldOut.size ? shownSeries().flatMap((series) => report.heldOut[kind](series, frame)) : []);

  const baselineLines = () => data.baselines.filter((line) => state.baselines.has(line.name)).map((line) =>
    draw("line", {
      class: "baseline", "data-baseline": line.name,
      x1: frame.box.left, x2: frame.box.right, y1: frame.y(line.nats), y2: frame.y(line.nats),
    }));

  // The names of the baselines stand where they cover no curve. On a narrow screen there is no such place: the buttons below
  // the chart have names and heights.
  const baselineLabels = () => {
    const { x, y, box, wide } = frame;
    if (!wide) return [];
    const lines = data.baselines.filter((line) => state.baselines.has(line.name))
      .map((line) => ({ text: `${line.name} ${format.fixed(line.nats, 3)}`, height: y(line.nats) }));
    const inside = lines.filter(({ height }) => height >= box.top && height <= box.bottom);
    const beyond = lines.filter(({ height }) => height < box.top || height > box.bottom);
    const label = ({ text, x: at, y: height, anchor }) => draw("text", { class: "baseline-label", x: at, y: height, "text-anchor": anchor }, text);
    return [
      ...report.placeLabels(inside, box, curvesInPixels()).map(label),
      ...beyond.map(({ text, height }, i) => label(height < box.top
        ? { text: `↑ ${text}`, x: box.right - 6, y: box.top + 8 + 15 * i, anchor: "end" }
        : { text: `↓ ${text}`, x: box.right - 6, y: box.bottom - 6 - 15 * i, anchor: "end" })),
    ];
  };

  // For every curve drawn, its height at a pixel column; null where it is not.
  const curvesInPixels = () => {
    const { x, y } = frame;
    return shownSeries().flatMap((series) => (state.mode === "both" ? [curve(series), series.losses] : [curve(series)]).map((values) => (pixel) => {
      const i = series.nearest(x.invert(pixel));
      return i < 0 || values[i] === null ? null : y(values[i]);
    }));
  };

  // Names at the right ends of the curves, pushed apart where they would lie on each other.
  const endLabels = () => {
    const { x, y, box } = frame;
    const gap = 17;
    const labels = shownSeries().flatMap((series) => {
      const values = curve(series);
      let i = Math.min(series.steps.length, series.firstAt(x.domain[1] + 1e-9)) - 1;
      while (i >= 0 && values[i] === null) i--;
      if (i < 0) return [];
      const end = Math.min(box.bottom, Math.max(box.top, y(values[i])));
      return [{ series, from: Math.min(box.right, x(series.steps[i])), end, at: end }];
    }).sort((a, b) => a.end - b.end);
    for (let round = 0; round < 60; round++) {
      for (let i = 1; i < labels.length; i++) {
        const overlap = gap - (labels[i].at - labels[i - 1].at);
        if (overlap <= 0) continue;
        labels[i - 1].at -= overlap / 2;
        labels[i].at += overlap / 2;
      }
    }
    const shift = Math.max(0, ...labels.map((label) => box.top - label.at)) - Math.max(0, ...labels.map((label) => label.at - box.bottom));
    return labels.map(({ series, from, end, at }) => {
      const text = draw("text", { x: box.right + 20, y: at + shift, dy: "0.32em" }, series.name.length > 13 ? `${series.name.slice(0, 12)}…` : series.name);
      text.append(draw("title", null, series.name));
      return draw("g", { class: "end-label" },
        draw("path", { d: `M${from + 3},${end}L${box.right + 8},${at + shift}H${box.right + 15}`, style: `stroke:${colour(series.colourRole)}` }), text);
    });
  };

  // ---- the cross-hair ----

  const buildTooltip = () => {
    const means = smoothing();
    const measures = state.heldOut.size > 0 && shownSeries().some((series) => series.heldOut);
    rows = shownSeries().map((series) => ({
      series, mean: el("td"), loss: el("td"), heldOut: measures ? el("td") : null,
      dot: draw("circle", { r: 4, class: "dot", "data-series": series.name, style: `fill:${colour(series.colourRole)}` }),
    }));
    tooltip.replaceChildren(
      el("div", { class: "tooltip-step" }),
      el("table", null,
        el("thead", null, el("tr", null, el("td"), means ? el("th", null, `mean of ${state.width}`) : null, el("th", null, "loss"), measures ? el("th", null, "held out") : null)),
        el("tbody", null, rows.map((row) => el("tr", { "data-series": row.series.name },
          el("th", null, el("span", { class: "swatch", style: `background:${colour(row.series.colourRole)}` }), row.series.name),
          means ? row.mean : null, row.loss, row.heldOut)))));
    const cross = svg.querySelector("#cross-hair");
    cross.replaceChildren(
      draw("line", { y1: frame.box.top, y2: frame.box.bottom }), ...rows.map((row) => row.dot));
  };

  const documentAt = (step) => {
    const run = allSeries.reduce((a, b) => (b.steps.length > a.steps.length ? b : a));
    return data.documents?.[run.nearest(step)];
  };

  // Moves what is there already: nothing is made or measured anew while the pointer moves.
  const drawCrossHair = () => {
    const cross = svg.querySelector("#cross-hair");
    const { x, y, box, wide } = frame;
    const inside = state.step !== null && state.step >= x.domain[0] && state.step <= x.domain[1];
    cross.style.display = inside ? "" : "none";
    tooltip.hidden = rows.length === 0 || (wide && !inside);
    if (tooltip.hidden) return;

    const step = inside ? state.step : Math.floor(x.domain[1]);
    const at = x(step);
    cross.firstChild.setAttribute("x1", at);
    cross.firstChild.setAttribute("x2", at);
    const name = documentAt(step);
    tooltip.firstChild.textContent = `step ${format.integer(step)}${name ? ` · ${name}` : ""}`;
    for (const { series, mean, loss, heldOut, dot } of rows) {
      const i = series.nearest(step);
      const value = i < 0 ? null : curve(series)[i];
      mean.textContent = format.loss(value);
      loss.textContent = format.loss(i < 0 ? null : series.losses[i]);
      if (heldOut) heldOut.textContent = format.loss(i < 0 ? null : report.heldOut.at(series, step)?.nats);
      dot.style.display = value === null ? "none" : "";
      dot.setAttribute("cx", at);
      dot.setAttribute("cy", value === null ? 0 : y(value));
    }
    // On the side with more room. A transform moves it without laying out the page anew.
    const right = at < (box.left + box.right) / 2;
    tooltip.style.transform = !wide ? "" : right
      ? `translateX(${Math.round(at + 14)}px)`
      : `translateX(calc(${Math.round(at - 14)}px - 100%))`;
  };

  const announce = (() => {
    let timer = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const name = documentAt(state.step);
        const values = rows.map(({ series, heldOut }) => {
          const i = series.nearest(state.step);
          if (i < 0) return `${series.name}: none`;
          const mean = smoothing() ? `, mean of ${state.width} ${format.loss(curve(series)[i])}` : "";
          const measured = heldOut ? report.heldOut.at(series, state.step) : null;
          return `${series.name}: ${format.loss(series.losses[i])}${mean}${measured ? `, held out ${format.loss(measured.nats)}` : ""}`;
        });
        readOut.textContent = `Step ${state.step}${name ? `, ${name}` : ""}. ${values.join("; ")}.`;
      }, 150);
    };
  })();

  const moveTo = (step) => {
    const run = longest();
    const clamped = Math.min(run.steps[run.steps.length - 1], Math.max(run.steps[0], step));
    const snapped = run.steps[run.nearest(clamped)];
    if (snapped === state.step) return;
    state.step = snapped;
    drawCrossHair();
  };

  const leave = () => {
    state.step = null;
    if (frame) drawCrossHair();
  };

  // ---- the zoom ----

  const zoomTo = (first, last) => {
    const [from, to] = fullRange();
    const span = Math.min(to - from, Math.max(Math.min(4, to - from), last - first));
    const start = Math.min(to - span, Math.max(from, (first + last - span) / 2));
    state.zoom = span >= to - from ? null : [start, start + span];
    render();
  };

  const zoomBy = (factor) => {
    const [first, last] = state.zoom ?? fullRange();
    const inside = state.step !== null && state.step >= first && state.step <= last;
    const centre = inside ? state.step : (first + last) / 2;
    zoomTo(centre - (centre - first) / factor, centre + (last - centre) / factor);
  };

  const reset = () => {
    state.zoom = null;
    render();
  };

  // ---- pointer and keyboard ----

  let dragFrom = null, pending = null;
  const pixelOf = (event) => event.clientX - plot.getBoundingClientRect().left;
  const within = (pixel) => Math.min(frame.box.right, Math.max(frame.box.left, pixel));

  plot.addEventListener("pointermove", (event) => {
    const idle = pending === null;
    pending = pixelOf(event);
    if (!idle) return;
    requestAnimationFrame(() => {
      const pixel = pending;
      pending = null;
      if (pixel === null) return;
      if (dragFrom !== null) {
        const selection = svg.querySelector("#selection");
        selection.setAttribute("x", Math.min(within(pixel), within(dragFrom)));
        selection.setAttribute("width", Math.abs(within(pixel) - within(dragFrom)));
      }
      moveTo(frame.x.invert(within(pixel)));
    });
  });
  plot.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button === 0) {
      dragFrom = pixelOf(event);
      plot.setPointerCapture(event.pointerId);
    } else {
      moveTo(frame.x.invert(within(pixelOf(event))));
    }
  });
  const endDrag = (event) => {
    const from = dragFrom;
    dragFrom = null;
    if (from === null) return;
    svg.querySelector("#selection").setAttribute("width", 0);
    const [a, b] = [within(from), within(pixelOf(event))].sort((p, q) => p - q);
    if (b - a > 6) zoomTo(frame.x.invert(a), frame.x.invert(b));
  };
  plot.addEventListener("pointerup", endDrag);
  plot.addEventListener("pointercancel", () => { dragFrom = null; svg.querySelector("#selection").setAttribute("width", 0); });
  plot.addEventListener("pointerleave", () => { pending = null; leave(); });
  plot.addEventListener("dblclick", reset);

  const step = (points) => {
    const run = longest();
    const [first, last] = state.zoom ?? fullRange();
    if (state.step === null) {
      moveTo(points > 0 ? first : last);
    } else {
      const i = Math.min(run.steps.length - 1, Math.max(0, run.nearest(Math.min(run.steps[run.steps.length - 1], state.step)) + points));
      moveTo(run.steps[i]);
    }
    keepInView();
  };

  // A cross-hair that leaves a zoomed chart takes the chart along.
  const keepInView = () => {
    if (state.zoom) {
      const [first, last] = state.zoom;
      const span = last - first;
      if (state.step < first) zoomTo(state.step, state.step + span);
      else if (state.step > last) zoomTo(state.step - span, state.step);
    }
    announce();
  };

  plot.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const run = longest();
    const page = Math.max(1, Math.round(run.steps.length / 20));
    const action = {
      ArrowRight: () => step(event.shiftKey ? 10 : 1),
      ArrowLeft: () => step(event.shiftKey ? -10 : -1),
      PageUp: () => step(page),
      PageDown: () => step(-page),
      Home: () => { moveTo(run.steps[0]); keepInView(); },
      End: () => { moveTo(run.steps[run.steps.length - 1]); keepInView(); },
      "+": () => zoomBy(2), "=": () => zoomBy(2), "-": () => zoomBy(0.5), "−": () => zoomBy(0.5),
      Escape: reset, 0: reset,
    }[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  plot.addEventListener("blur", leave);
  new ResizeObserver(render).observe(plot);

  const change = (edit) => { edit(state); render(); };
  return { state, render, change, zoomBy, reset };
};
