// The controls around the chart: what is drawn, how smooth, which curves, and the buttons for the zoom.
"use strict";

report.chartControls = (chart, data, allSeries) => {
  const { el, colour, format } = report;
  const byId = (id) => document.getElementById(id);
  const points = Math.max(...allSeries.map((series) => series.losses.length));

  // ---- raw, smoothed or both ----

  const choices = [["smoothed", "Smoothed"], ["both", "Both"], ["raw", "Raw"]];
  const slider = byId("width");
  const modes = choices.map(([mode, label]) => el("button", { type: "button", role: "radio", "data-mode": mode }, label));
  const choose = (index) => {
    const [mode] = choices[index];
    modes.forEach((button, i) => {
      button.setAttribute("aria-checked", i === index);
      button.tabIndex = i === index ? 0 : -1;
    });
    slider.disabled = mode === "raw";
    slider.closest("label").classList.toggle("off", mode === "raw");
    chart.change((state) => { state.mode = mode; });
  };
  report.roving(modes, choose);
  byId("modes").replaceChildren(...modes);

  // ---- width of the moving average ----

  slider.max = Math.max(2, Math.min(1000, Math.floor(points / 4)));
  slider.value = Math.min(100, Math.max(1, Math.floor(points / 20)));
  const setWidth = () => {
    byId("width-value").textContent = slider.value === "1" ? "1 step" : `${format.integer(Number(slider.value))} steps`;
    chart.change((state) => { state.width = Number(slider.value); });
  };
  slider.addEventListener("input", setWidth);

  // ---- curves and baselines ----

  const toggle = (set, name, attributes, ...content) => {
    const button = el("button", { type: "button", class: "toggle", "aria-pressed": "true", ...attributes }, content);
    button.addEventListener("click", () => {
      chart.change(() => (set.has(name) ? set.delete(name) : set.add(name)));
      show();
    });
    return { button, set, name };
  };
  const { shown, baselines, heldOut } = chart.state;
  const toggles = [
    ...allSeries.map((series) => toggle(shown, series.name, { "data-series": series.name },
      el("span", { class: "swatch", style: `--swatch:${colour(series.colourRole)}` }), series.name)),
    ...data.baselines.map((line) => toggle(baselines, line.name, { "data-baseline": line.name, title: `${line.name}: ${format.loss(line.nats)} nats a token` },
      el("span", { class: "swatch dashed" }), `${line.name} ${format.fixed(line.nats, 3)}`)),
    ...(allSeries.some((series) => series.heldOut) ? [toggle(heldOut, "held-out", { "data-held-out": true, title: "Losses on what was held out" },
      el("span", { class: "swatch ring" }), "held-out loss")] : []),
  ];
  const show = () => toggles.forEach(({ button, set, name }) => button.setAttribute("aria-pressed", set.has(name)));

  // A double click shows one curve alone, another brings all back.
  toggles.filter(({ set }) => set === shown).forEach(({ button, name }) => button.addEventListener("dblclick", () => {
    const alone = shown.size === 1 && shown.has(name);
    chart.change(() => {
      shown.clear();
      for (const series of allSeries) if (alone || series.name === name) shown.add(series.name);
    });
    show();
  }));
  byId("legend").replaceChildren(...toggles.map(({ button }) => button));

  // ---- zoom ----

  byId("zoom-in").addEventListener("click", () => chart.zoomBy(2));
  byId("zoom-out").addEventListener("click", () => chart.zoomBy(0.5));
  byId("zoom-reset").addEventListener("click", chart.reset);

  setWidth();
  choose(0);
};
