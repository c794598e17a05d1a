// The table that sets the models side by side: a row a model, a column a property. A narrow screen shows the first few
// columns before it is scrolled: there the losses come first.
"use strict";

report.comparison = (container, rows) => {
  const { el, format, colour } = report;
  const text = { write: (value) => value };
  const number = (write) => ({ write, number: true });
  const lowest = (write) => ({ write, number: true, lowest: true });
  const time = (value) => (value >= 1000 ? `${format.general(value / 1000)} ms` : `${format.general(value)} µs`);

  // Short runs have fewer than 100 losses to take a mean of.
  const counts = [...new Set(rows.map((row) => row.stepsInMean).filter((count) => count !== undefined && count !== null))];
  const mean = counts.length > 1 ? "Mean of last 100 or fewer" : `Mean of last ${counts[0] ?? 100}`;

  const properties = [
    ["architecture", "Architecture", text],
    ["attention", "Attention", text],
    ["layers", "Layers", number(format.integer)],
    ["parameters", "Parameters", number(format.integer)],
    ["newConcepts", "New here", { ...text, wide: true }],
    ["optimizer", "Optimizer", text],
    ["learningRate", "Learning rate", number(format.general)],
    ["firstLoss", "First loss", number(format.loss)],
    ["meanOfLast100", mean, lowest(format.loss)],
    ["heldOutNats", "Held\u2011out loss", lowest(format.loss)],
    ["bitsPerCharacter", "Bits a character", lowest((value) => format.fixed(value, 3))],
    ["perplexity", "Perplexity", lowest((value) => format.fixed(value, 2))],
    ["microsecondsPerStep", "Time a step", lowest(time)],
  ];

  const empty = (value) => value === undefined || value === null || value === "";
  const columns = properties
    .filter(([key]) => !rows.every((row) => empty(row[key])))
    .map(([key, label, kind]) => {
      const values = rows.map((row) => row[key]).filter((value) => !empty(value));
      // Compared as written, so that figures that look equal are marked alike.
      const best = kind.lowest && values.length > 1 ? kind.write(Math.min(...values)) : null;
      return { key, label, kind, best, class: kind.number ? "number" : kind.wide ? "wide" : null };
    });

  const cell = (row, { key, kind, best, class: name }) => {
    const value = empty(row[key]) ? "–" : kind.write(row[key]);
    return el("td", { class: name, "data-property": key },
      value === best ? el("strong", { title: "The lowest of this column" }, value) : value);
  };
  const isLoss = ({ kind, key }) => kind.lowest && key !== "microsecondsPerStep";
  const draw = (columns) => container.replaceChildren(el("table", { class: "comparison" },
    el("thead", null, el("tr", null, el("th", { scope: "col" }, "Model"),
      columns.map((column) => el("th", { scope: "col", class: column.class }, column.label)))),
    el("tbody", null, rows.map((row) => el("tr", null,
      el("th", { scope: "row" }, el("span", { class: "swatch", style: `--swatch:${colour(row.colourRole)}` }), row.model),
      columns.map((column) => cell(row, column)))))));
  const narrow = matchMedia("(max-width: 40rem)");
  const arrange = () => draw(narrow.matches ? [...columns.filter(isLoss), ...columns.filter((column) => !isLoss(column))] : columns);
  narrow.addEventListener("change", arrange);
  arrange();
};
