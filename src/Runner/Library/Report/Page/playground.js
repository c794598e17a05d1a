// The playground of a model: a text to go on from, the probabilities of its next character, and samples.
"use strict";

report.playground = (model) => {
  const { el, format } = report;
  const { playground } = model;
  const tokens = report.tokens(playground.tokens);
  const reader = report.reader(model);
  const block = playground.blockSize ?? Infinity;
  const isStream = tokens.bos === undefined || tokens.bos === null;
  const longest = Number.isFinite(block) ? block : 64; // characters of a sample
  const shownAtFirst = 12, samplesAtOnce = 10;

  if (reader.missing.length > 0) {
    return el("p", { class: "notice" },
      `This page cannot run the model: it has no function for the operation${reader.missing.length > 1 ? "s" : ""} ${reader.missing.join(", ")}.`);
  }

  // ---- what the model makes of a text ----

  // The tokens that are read: the text after BOS; of a stream the text alone (what begins it, where it is empty), the end of
  // it where it is longer than a block.
  const context = (own) => {
    const all = isStream ? (own.length > 0 ? own : [tokens.start]) : [tokens.bos, ...own];
    return isStream ? all.slice(-block) : all;
  };

  // Probabilities of what follows, or why there are none.
  const next = (own, temperature) => {
    const read = context(own);
    if (read.length > block) {
      return { problem: `The model sees ${block} positions at most: there is no room for another character.` };
    }
    const logits = reader.after(read).subarray(0, tokens.count);
    if (!logits.every(Number.isFinite)) return { problem: "The logits of this model are not finite: its training went wrong." };
    return { probabilities: report.probabilities(logits, tokens.count, temperature) };
  };

  // ---- the controls ----

  const id = `playground-${report.playground.count = (report.playground.count ?? 0) + 1}`;
  const prompt = el("textarea", { id: `${id}-prompt`, rows: isStream ? 3 : 1, spellcheck: "false", autocomplete: "off", autocapitalize: "off",
    "aria-describedby": `${id}-message` });
  const message = el("p", { class: "hint", id: `${id}-message`, role: "status" });
  const slider = el("input", { id: `${id}-temperature`, type: "range", min: 0, max: 2, step: 0.05, value: 1, "aria-describedby": `${id}-temperature-note` });
  const shownTemperature = el("output", { for: `${id}-temperature` });
  const list = el("ol", { class: "next", "aria-label": "Probabilities of the next character; choosing one adds it" });
  const more = el("button", { type: "button", class: "more" });
  const samples = el("ol", { class: "samples", "aria-label": "Samples" });
  const heard = el("p", { class: "visually-hidden", role: "status" });
  const button = (label, title, action) => el("button", { type: "button", title, onclick: action }, label);
  let all = false, own = [];

  const add = (token) => {
    if (token === tokens.bos) {
      message.textContent = "The model ends the text here.";
      return;
    }
    prompt.value = tokens.decode([...own, token]);
    own = [...own, token];
    show(own);
  };

  // Names are read out; the bars are for the eye.
  const entry = ({ token, p }) => {
    const { short, long } = tokens.label(token);
    return el("li", null, el("button", { type: "button", "data-token": token, onclick: () => add(token),
      "aria-label": `${long}, ${format.percent(p)}` },
      el("span", { class: "token" }, short),
      el("span", { class: "bar" }, el("span", { style: `width:${(p * 100).toFixed(1)}%` })),
      el("span", { class: "number" }, format.percent(p))));
  };

  // Who does not see the bars hears the first three, once the text rests.
  let telling = null;
  const tell = (order) => {
    const isFirst = telling === null;
    clearTimeout(telling);
    telling = isFirst ? 0 : setTimeout(() => {
      heard.textContent = order.length === 0 ? ""
        : `Most likely next: ${order.slice(0, 3).map(({ token, p }) => `${tokens.label(token).long}, ${format.percent(p)}`).join("; ")}.`;
    }, 600);
  };

  const show = (given) => {
    const temperature = Number(slider.value);
    shownTemperature.textContent = temperature.toFixed(2);
    let result;
    if (given) {
      own = given;
      result = next(own, temperature);
    } else {
      const encoded = tokens.encode(prompt.value);
      if (encoded.tokens) {
        own = encoded.tokens;
        result = next(own, temperature);
      } else {
        const code = encoded.unknown.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
        result = { problem: `The model does not know the character ‘${encoded.unknown}’ (U+${code}): it is not in the text that it was trained on.` };
      }
    }
    message.textContent = result.problem ?? "";
    prompt.setAttribute("aria-invalid", Boolean(result.problem));
    for (const control of needsNext) control.disabled = Boolean(result.problem);
    const order = (result.probabilities ?? []).map((p, token) => ({ token, p })).sort((a, b) => b.p - a.p || a.token - b.token);
    // Who stands on an entry by keyboard stays on the one in its place.
    const focused = [...list.querySelectorAll("button")].indexOf(document.activeElement);
    list.replaceChildren(...(all ? order : order.slice(0, shownAtFirst)).map(entry));
    if (focused >= 0) (list.querySelectorAll("button")[focused] ?? prompt).focus();
    tell(order);
    more.hidden = order.length <= shownAtFirst;
    more.textContent = all ? `Show the first ${shownAtFirst}` : `Show all ${format.integer(order.length)}`;
  };

  const draw = () => {
    const { probabilities } = next(own, Number(slider.value));
    if (probabilities) add(report.draw(probabilities));
  };
  // Samples appear as they are drawn, and the page stays at hand; whoever clears or begins again ends those before.
  let writing = 0;
  const write = async () => {
    const mine = ++writing, temperature = Number(slider.value), given = own, beginning = tokens.decode(own), ends = [];
    samples.replaceChildren();
    samples.classList.toggle("long", isStream || longest > 40);
    let since = performance.now();
    while (ends.length < samplesAtOnce) {
      const drawn = [], end = el("span");
      samples.append(el("li", null, el("span", { class: "given" }, beginning), end));
      while (drawn.length < longest) {
        const { probabilities } = next([...given, ...drawn], temperature);
        const token = probabilities ? report.draw(probabilities) : tokens.bos;
        if (token === tokens.bos) break;
        drawn.push(token);
        if (performance.now() - since > 25) {
          end.textContent = tokens.decode(drawn);
          await new Promise((go) => setTimeout(go));
          if (mine !== writing) return;
          since = performance.now();
        }
      }
      end.textContent = tokens.decode(drawn);
      ends.push(end.textContent);
    }
    heard.textContent = `${samplesAtOnce} samples: ${ends.slice(0, 3).map((end) => beginning + end).join(", ")} and so on.`;
  };
  const clear = () => {
    prompt.value = "";
    writing++;
    samples.replaceChildren();
    show();
    prompt.focus();
  };
  const needsNext = [
    button("Add a character", "Draws the next character and adds it to the text", draw),
    button(`Write ${samplesAtOnce} samples`, "Goes on from the text, ten times", write),
  ];

  prompt.addEventListener("input", () => show());
  // Where the model was trained on lines, a new line is no character: Enter draws one instead.
  prompt.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || tokens.encode("\n").tokens) return;
    event.preventDefault();
    if (!needsNext[0].disabled) draw();
  });
  slider.addEventListener("input", () => show(own));
  more.addEventListener("click", () => { all = !all; show(own); });

  show();
  return el("div", { class: "playground" },
    el("p", { class: "note" }, `The trained model itself: its ${format.integer(playground.parameterCount)} numbers lie in this page, which runs it. `
      + `Type the beginning of a ${isStream ? "text" : "document"} and see what the model expects next${isStream || block === Infinity ? "" : `; it sees ${block} positions`}.`),
    el("label", { class: "prompt", for: prompt.id }, "Text so far", prompt),
    message,
    el("div", { class: "toolbar" },
      el("label", { class: "slider", for: slider.id }, "Temperature", slider, shownTemperature),
      el("div", { class: "buttons", role: "group", "aria-label": "Sampling" }, needsNext, button("Clear", "Empties the text and the samples", clear))),
    el("p", { class: "hint", id: `${id}-temperature-note` },
      "At temperature 1 these are the model’s own probabilities; below, the likely becomes likelier; at 0 the most likely one is always taken."),
    el("h4", null, "Next character"),
    list, more, samples, heard);
};
