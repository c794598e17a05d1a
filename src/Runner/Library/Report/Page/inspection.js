// What a model makes of single documents: where its heads look, and which character it expects next.
"use strict";

report.inspection = (inspections) => {
  const { el } = report;
  const body = el("div", { class: "inspection" });
  const buttons = inspections.map((inspection) => el("button", { type: "button", role: "radio" }, inspection.document));
  const show = (index) => {
    buttons.forEach((button, i) => {
      button.setAttribute("aria-checked", i === index);
      button.tabIndex = i === index ? 0 : -1;
    });
    const inspection = inspections[index];
    body.replaceChildren(...report.predictions(inspection), ...report.attention(inspection));
  };
  report.roving(buttons, show);
  return {
    element: el("div", null,
      el("div", { class: "segmented names", role: "radiogroup", "aria-label": "Which document to look at" }, buttons), body),
    show: () => show(0),
  };
};

// A card a position: the characters read so far, and the ones expected next.
report.predictions = ({ tokens, next }) => {
  const { el, format } = report;
  if (!next.length) return [];
  const bar = ({ token, probability }, actual, rank) =>
    el("li", { class: actual ? "actual" : null },
      el("span", { class: "token" }, token),
      el("span", { class: "bar" }, el("span", { style: `width:${(probability * 100).toFixed(1)}%` })),
      el("span", { class: "number" }, format.percent(probability)),
      actual ? el("span", { class: "visually-hidden" }, `: the character that follows, number ${rank}`) : null);

  const cards = next.map((prediction, i) => {
    const top = prediction.top.map((entry) => bar(entry, entry.token === prediction.actual, prediction.rank));
    const among = prediction.top.some((entry) => entry.token === prediction.actual);
    return el("li", { class: "prediction" },
      el("div", { class: "context" },
        el("span", { class: "read" }, tokens.slice(0, i + 1).join("")), el("span", { class: "arrow", "aria-hidden": "true" }, "→"),
        el("span", { class: "follows" }, prediction.actual)),
      el("ol", null, top, among ? null : [
        el("li", { class: "more", "aria-hidden": "true" }, "⋮"),
        bar({ token: prediction.actual, probability: prediction.probability }, true, prediction.rank)]),
      el("div", { class: "cost" }, `loss ${format.fixed(-Math.log(Math.max(prediction.probability, 1e-300)), 2)} · rank ${prediction.rank}`));
  });
  return [
    el("h4", null, "Next character"),
    el("p", { class: "note" }, "At each position: what has been read, what follows, and what the model expected. The dot begins and ends a document."),
    el("ol", { class: "predictions" }, cards),
  ];
};

// A heat map a head: rows look, columns are looked at.
report.attention = ({ tokens, attention }) => {
  const { el } = report;
  if (!attention.length) return [];
  return [
    el("h4", null, "Attention"),
    el("p", { class: "note" }, "Each row is a position and shows from which positions before it, and itself, the head takes its values; a row adds up to 100%."),
    ...attention.map((heads, layer) => el("div", { class: "heads" }, heads.map((head, number) =>
      report.heatMap(head.weights, tokens, attention.length > 1 ? `layer ${layer}, head ${number}` : `head ${number}`)))),
  ];
};

report.heatMap = (weights, tokens, name) => {
  const { el, svg: draw, format } = report;
  const cell = Math.max(16, Math.min(36, Math.round(216 / tokens.length))), margin = 20, size = margin + cell * tokens.length + 2;
  const caption = el("figcaption", null, name);
  const detail = el("span", { class: "detail" });
  caption.append(detail);

  const say = (text) => { detail.textContent = text; };
  const cells = weights.flatMap((row, query) => row.map((weight, key) => {
    const text = `${tokens[query]} (${query}) looks at ${tokens[key]} (${key}): ${format.percent(weight)}`;
    const square = draw("rect", {
      x: margin + key * cell + 1, y: margin + query * cell + 1, width: cell - 2, height: cell - 2, rx: 3,
      "fill-opacity": (0.04 + 0.96 * weight).toFixed(3), "data-weight": weight,
    }, draw("title", null, text));
    square.addEventListener("pointerenter", () => say(` ${tokens[query]} → ${tokens[key]}: ${format.percent(weight)}`));
    return square;
  }));
  const label = (token, x, y) => draw("text", { x, y, "text-anchor": "middle", dy: "0.34em" }, token);
  const picture = draw("svg", { viewBox: `0 0 ${size} ${size}`, width: size, height: size, class: "heat-map", role: "img",
    tabindex: "0", "aria-label": `${name}. ${weights.map((row, query) => {
      const key = row.indexOf(Math.max(...row));
      return `${tokens[query]} ${query} looks most at ${tokens[key]} ${key}, ${format.percent(row[key])}`;
    }).join("; ")}` },
    tokens.map((token, i) => [label(token, margin + (i + 0.5) * cell, margin / 2), label(token, margin / 2, margin + (i + 0.5) * cell)]),
    cells);
  picture.addEventListener("pointerleave", () => say(""));

  // Arrows walk over the cells.
  let at = null;
  picture.addEventListener("keydown", (event) => {
    const move = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!move) return;
    event.preventDefault();
    const query = Math.min(weights.length - 1, Math.max(0, (at?.[0] ?? 0) + (at ? move[0] : 0)));
    const key = Math.min(weights[query].length - 1, Math.max(0, (at?.[1] ?? 0) + (at ? move[1] : 0)));
    at = [query, key];
    picture.querySelector(".cursor")?.classList.remove("cursor");
    cells[query * (query + 1) / 2 + key].classList.add("cursor");
    say(` ${tokens[query]} → ${tokens[key]}: ${format.percent(weights[query][key])}`);
  });
  picture.addEventListener("blur", () => { picture.querySelector(".cursor")?.classList.remove("cursor"); at = null; say(""); });
  detail.setAttribute("aria-live", "polite");
  return el("figure", null, el("div", { class: "scroll" }, picture), caption);
};
