// Making elements, and writing numbers. Every file of the page adds its functions to the one object `report`.
"use strict";
const report = {};

// el("p", { class: "note" }, "text", child): an element with attributes and children; null children are left out.
report.el = (name, attributes, ...children) =>
  report.fill(document.createElement(name), attributes, children);

report.svg = (name, attributes, ...children) =>
  report.fill(document.createElementNS("http://www.w3.org/2000/svg", name), attributes, children);

report.fill = (element, attributes, children) => {
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
};

// Numbers are written the same way whatever the reader's locale.
report.format = {
  integer: (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ","),

  fixed: (value, digits) => value.toFixed(digits).replace("-", "−"),

  loss: (value) => (value === null || value === undefined || Number.isNaN(value) ? "–" : report.format.fixed(value, 4)),

  // Three significant digits or an exponent, for what may be of any size.
  general: (value) => {
    if (value === 0) return "0";
    const size = Math.abs(value);
    if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(4))).replace("-", "−");
    const [mantissa, exponent] = value.toExponential(2).split("e");
    return `${mantissa.replace("-", "−")}e${exponent.replace("+", "").replace("-", "−")}`;
  },

  percent: (value) => {
    if (value >= 0.9995) return "100%";
    if (value >= 0.0995) return `${Math.round(value * 100)}%`;
    return value >= 0.001 ? `${(value * 100).toFixed(1)}%` : "<0.1%";
  },
};

// The colour of a series is a style of the page, so that it follows the light and the dark.
report.colour = (role) => `var(--series-${role % 8})`;

// A list of choices of which one is taken (radio buttons or tabs): arrows move between them, Home and End to the ends.
report.roving = (items, choose) => {
  items.forEach((item, index) => {
    item.addEventListener("click", () => choose(index));
    item.addEventListener("keydown", (event) => {
      const to = { ArrowRight: index + 1, ArrowDown: index + 1, ArrowLeft: index - 1, ArrowUp: index - 1,
        Home: 0, End: items.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = (to + items.length) % items.length;
      choose(next);
      items[next].focus();
    });
  });
};
