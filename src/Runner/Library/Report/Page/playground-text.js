// Between text and tokens, and the choice of the next one.
"use strict";

report.tokens = ({ kind, characters, count, bos, start }) => {
  const isBytes = kind === "bytes";
  const letters = isBytes ? [] : Array.from(characters);
  const idOf = new Map(letters.map((letter, id) => [letter, id]));
  const visible = { " ": "␣", "\n": "⏎", "\t": "⇥", "\r": "␍" };
  return {
    count, bos, start,
    // The tokens of a text, or the first character that has none.
    encode: (text) => {
      if (isBytes) return { tokens: Array.from(new TextEncoder().encode(text)) };
      const tokens = [];
      for (const letter of text) {
        if (!idOf.has(letter)) return { unknown: letter };
        tokens.push(idOf.get(letter));
      }
      return { tokens };
    },
    decode: (tokens) => {
      const shown = tokens.filter((token) => token !== bos);
      return isBytes ? new TextDecoder().decode(Uint8Array.from(shown)) : shown.map((token) => letters[token]).join("");
    },
    // How one token is shown, and what it is called.
    label: (token) => {
      if (token === bos) return { short: "·", long: "the end" };
      const letter = isBytes ? (token >= 32 && token < 127 ? String.fromCharCode(token) : null) : letters[token];
      if (letter === null) return { short: token.toString(16).toUpperCase().padStart(2, "0"), long: `byte ${token}` };
      if (letter === "\n" || letter === " " || letter === "\t" || letter === "\r") {
        return { short: visible[letter], long: { " ": "a space", "\n": "a new line", "\t": "a tab", "\r": "a carriage return" }[letter] };
      }
      return /\p{C}|\p{Z}/u.test(letter) ? { short: `U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`, long: "an invisible character" } : { short: letter, long: letter };
    },
  };
};

// The probabilities of the first `count` tokens; at temperature 0 all of it goes to the most probable one.
report.probabilities = (logits, count, temperature) => {
  const used = Array.from(logits.subarray(0, count));
  if (temperature > 0) {
    const largest = used.reduce((a, b) => Math.max(a, b), -Infinity);
    return report.softmax(used.map((x) => (x - largest) / temperature));
  }
  const best = used.indexOf(used.reduce((a, b) => Math.max(a, b), -Infinity));
  return used.map((_, token) => (token === best ? 1 : 0));
};

report.draw = (probabilities, random = Math.random) => {
  let left = random();
  for (let token = 0; token < probabilities.length; token++) {
    left -= probabilities[token];
    if (left < 0) return token;
  }
  return probabilities.reduce((best, p, token) => (p > probabilities[best] ? token : best), 0); // only rounding leads here
};
