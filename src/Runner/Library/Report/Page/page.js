// Puts the page together from its data. Parts without data stay hidden.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("report-data").textContent);

  byId("title").textContent = data.title;
  byId("subtitle").textContent = data.subtitle;
  byId("facts").replaceChildren(...data.facts.map(({ label, value }) =>
    report.el("div", null, report.el("dt", null, label), report.el("dd", null, value))));

  const series = data.series.filter((run) => run.losses.length > 0).map(report.series);
  if (series.length > 0) {
    byId("curves").hidden = false;
    const chart = report.chart(
      { plot: byId("plot"), svg: byId("chart"), tooltip: byId("tooltip"), readOut: byId("read-out") }, data, series);
    report.chartControls(chart, data, series);
  }
  if (data.comparison.length > 0) {
    byId("comparison").hidden = false;
    report.comparison(byId("comparison-scroll"), data.comparison);
    if (data.comparison.length === 1) {
      byId("comparison-heading").textContent = "In figures";
      byId("comparison-mark").hidden = true;
    }
  }
  if (data.models.length > 0) {
    byId("inside").hidden = false;
    if (data.models.length === 1) byId("inside-heading").textContent = `Inside ${data.models[0].name}`;
    report.models(byId("model-tabs"), byId("model-panels"), data.models);
  }
  byId("foot").hidden = false; // last, so that it is not pushed down by what appears above it
})();
