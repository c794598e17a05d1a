// A tab a model: the model itself to play with, its samples, what it makes of single documents, its parameters, its graph. A tab is filled when it is
// opened for the first time.
"use strict";

report.models = (tabList, panels, models) => {
  const { el, format, colour } = report;

  const samples = (model) => model.samples.length === 0 ? null : el("section", { class: "card" },
    el("h3", null, "Invented by the model"),
    model.samplesNote ? el("p", { class: "note" }, model.samplesNote) : null,
    el("ol", { class: "samples" }, model.samples.map((sample) => el("li", null, sample))));

  const parameters = (model) => {
    if (model.parameters.length === 0) return null;
    const count = ({ rows, columns }) => rows * columns;
    const total = model.parameters.reduce((sum, matrix) => sum + count(matrix), 0);
    return el("section", { class: "card" },
      el("h3", null, "Parameters"),
      el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `Parameters of ${model.name}` }, el("table", null,
        el("thead", null, el("tr", null, el("th", { scope: "col" }, "Matrix"),
          ["Shape", "Numbers", "Share"].map((head) => el("th", { scope: "col", class: "number" }, head)))),
        el("tbody", null, model.parameters.map((matrix) => el("tr", null,
          el("th", { scope: "row" }, el("code", null, matrix.name)),
          el("td", { class: "number" }, `${format.integer(matrix.rows)} × ${format.integer(matrix.columns)}`),
          el("td", { class: "number" }, format.integer(count(matrix))),
          el("td", { class: "number" }, format.percent(count(matrix) / total))))),
        el("tfoot", null, el("tr", null, el("th", { scope: "row" }, "all"), el("td"),
          el("td", { class: "number" }, format.integer(total)), el("td"))))));
  };

  const fill = (model, panel) => {
    const shows = [];
    const lazy = ({ element, show }) => {
      shows.push(show);
      return element;
    };
    const card = (heading, content) => el("section", { class: "card" }, el("h3", null, heading), content);
    panel.append(...[
      model.summary ? el("p", { class: "lead" }, model.summary) : null,
      model.playground ? card("Playground", report.playground(model)) : model.playgroundNote ? card("Playground", el("p", { class: "note" }, model.playgroundNote)) : null,
      el("div", { class: "pair" }, samples(model), parameters(model)),
      model.inspections.length ? card("Through its eyes", lazy(report.inspection(model.inspections))) : null,
      model.gradientCheck ? card("Gradient check", report.gradientCheck(model.gradientCheck)) : null,
      model.graph?.nodes.length ? card("What the compiler wrote", lazy(report.graph(model.graph))) : null,
    ].filter(Boolean));
    shows.forEach((show) => show());
  };

  const tabs = models.map((model, i) => el("button", { type: "button", role: "tab", id: `tab-${i}`, "aria-controls": `panel-${i}` },
    el("span", { class: "swatch", style: `--swatch:${colour(model.colourRole)}` }), model.name));
  const contents = models.map((model, i) => el("div", { role: "tabpanel", id: `panel-${i}`, "aria-labelledby": `tab-${i}`, hidden: true }));
  const show = (index) => {
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", i === index);
      tab.tabIndex = i === index ? 0 : -1;
      contents[i].hidden = i !== index;
    });
    // Only the list scrolls, not the page.
    tabList.scrollLeft = tabs[index].offsetLeft - (tabList.clientWidth - tabs[index].offsetWidth) / 2;
    if (!contents[index].hasChildNodes()) fill(models[index], contents[index]);
  };
  report.roving(tabs, show);
  tabList.replaceChildren(...tabs);
  tabList.hidden = models.length === 1;
  panels.replaceChildren(...contents);
  show(models.length - 1);
};
