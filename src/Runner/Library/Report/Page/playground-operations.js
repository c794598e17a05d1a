// What the operations of a forward graph compute, for one position at a time. An entry is a function of
// ({ out, inputs, node, sources, memory, position }): `out` receives the value of `node`; `inputs` are the values of the
// nodes that it reads, `sources` those nodes; `memory` is kept from one position of a text to the next.
"use strict";

report.operations = (() => {
  // An input of one element stands for as many as the result has.
  const elementwise = (f) => ({ out, inputs: [a, b = a, c = a] }) => {
    for (let i = 0; i < out.length; i++) {
      out[i] = f(a.length === 1 ? a[0] : a[i], b.length === 1 ? b[0] : b[i], c.length === 1 ? c[0] : c[i]);
    }
  };

  // One number for the channels of each group.
  const reduction = (start, step) => ({ out, inputs: [x], sources: [{ size }] }) => {
    for (let group = 0; group < out.length; group++) {
      let value = start;
      for (let i = group * size; i < (group + 1) * size; i++) value = step(value, x[i]);
      out[group] = value;
    }
  };

  const copy = ({ out, inputs: [x] }) => out.set(x);

  // erf x = 2/√π exp(−x²) Σ 2ⁿ x^(2n+1) / (1·3·…·(2n+1)): all terms have one sign, so that nothing cancels. Beyond 6 it is ±1.
  const erf = (x) => {
    if (Number.isNaN(x) || Math.abs(x) > 6) return Math.sign(x);
    let term = x, sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  };

  return {
    // ---- element by element ----

    Add: elementwise((a, b) => a + b),
    Subtract: elementwise((a, b) => a - b),
    Multiply: elementwise((a, b) => a * b),
    Divide: elementwise((a, b) => a / b),
    Negate: elementwise((x) => -x),
    Exp: elementwise(Math.exp),
    Log: elementwise((x) => Math.log(x)),
    Sqrt: elementwise((x) => Math.sqrt(x)),
    Rsqrt: elementwise((x) => 1 / Math.sqrt(x)),
    Square: elementwise((x) => x * x),
    Abs: elementwise((x) => Math.abs(x)),
    Tanh: elementwise((x) => Math.tanh(x)),
    Sigmoid: elementwise((x) => 1 / (1 + Math.exp(-x))),
    Erf: elementwise(erf),
    Relu: elementwise((x) => Math.max(x, 0)),
    Max: elementwise((a, b) => Math.max(a, b)),
    Min: elementwise((a, b) => Math.min(a, b)),
    Clamp: elementwise((x, low, high) => Math.min(Math.max(x, low), high)),
    Scale: elementwise((x, factor) => x * factor),
    Sign: elementwise((x) => Math.sign(x)),
    Gate: elementwise((x, gate) => (gate > 0 ? x : 0)),
    Exceeds: elementwise((a, b) => (a > b ? 1 : a === b ? 0.5 : 0)),
    EqualTo: elementwise((a, b) => (a === b ? 1 : 0)),
    Within: elementwise((x, low, high) => (low <= x && x <= high ? 1 : 0)),

    // ---- channels ----

    Sum: reduction(0, (sum, x) => sum + x),
    Largest: reduction(-Infinity, (largest, x) => Math.max(largest, x)),

    RepeatChannels: ({ out, inputs: [x], node: { size } }) => {
      for (let i = 0; i < out.length; i++) out[i] = x[Math.floor(i / size)];
    },

    RepeatGroups: ({ out, inputs: [x] }) => {
      for (let i = 0; i < out.length; i++) out[i] = x[i % x.length];
    },

    SumGroups: ({ out, inputs: [x] }) => {
      out.fill(0);
      for (let i = 0; i < x.length; i++) out[i % out.length] += x[i];
    },

    // Every row has the same vector, no gradient is asked for, and nothing is dropped outside training.
    RepeatRows: copy,
    Regroup: copy,
    Detach: copy,
    Dropout: copy,

    Slice: ({ out, inputs: [x], node, sources: [{ groups, size }] }) => {
      for (let group = 0; group < groups; group++) {
        for (let i = 0; i < node.size; i++) out[group * node.size + i] = x[group * size + node.number("from") + i];
      }
    },

    Pad: ({ out, inputs: [x], node, sources: [{ groups, size }] }) => {
      out.fill(0);
      for (let group = 0; group < groups; group++) {
        for (let i = 0; i < size; i++) out[group * node.size + node.number("before") + i] = x[group * size + i];
      }
    },

    Concat: ({ out, inputs, node, sources }) => {
      for (let group = 0, at = 0; group < node.groups; group++) {
        inputs.forEach((x, k) => {
          const { size } = sources[k];
          for (let i = 0; i < size; i++) out[at++] = x[group * size + i];
        });
      }
    },

    // ---- weights ----

    Embed: ({ out, inputs: [table, index] }) => {
      for (let i = 0; i < out.length; i++) out[i] = table[index[0] * out.length + i];
    },

    // x Wᵀ, and the bias where there is one.
    Linear: ({ out, inputs: [x, weight, bias] }) => {
      for (let row = 0; row < out.length; row++) {
        let sum = bias ? bias[row] : 0;
        for (let i = 0, at = row * x.length; i < x.length; i++) sum += x[i] * weight[at + i];
        out[row] = sum;
      }
    },

    // ---- positions ----

    Rope: ({ out, inputs: [x, position], node }) => {
      const { size } = node, half = size / 2, interleaved = node.text("pairs") === "interleaved";
      for (let from = 0; from < out.length; from += size) {
        for (let pair = 0; pair < half; pair++) {
          const first = from + (interleaved ? 2 * pair : pair), second = from + (interleaved ? 2 * pair + 1 : pair + half);
          const angle = position[0] * node.number("theta") ** ((-2 * pair) / size);
          const cos = Math.cos(angle), sin = Math.sin(angle);
          [out[first], out[second]] = [x[first] * cos - x[second] * sin, x[first] * sin + x[second] * cos];
        }
      }
    },

    // Causal: the keys and values of the positions before lie in the memory.
    Attention: ({ out, inputs: [q, k, v], node, memory, position }) => {
      const heads = node.number("heads"), keyHeads = node.number("key heads", heads);
      const size = q.length / heads, width = v.length / keyHeads;
      const scale = node.number("scale", 1 / Math.sqrt(size)), cap = node.number("softcap", 0);
      memory.keys ??= [];
      memory.values ??= [];
      memory.keys[position] = k.slice();
      memory.values[position] = v.slice();
      const first = Math.max(0, position + 1 - node.number("window", Infinity));
      out.fill(0);
      for (let head = 0; head < heads; head++) {
        const keyHead = Math.floor(head / (heads / keyHeads));
        const scores = [];
        for (let s = first; s <= position; s++) {
          let score = 0;
          for (let i = 0; i < size; i++) score += q[head * size + i] * memory.keys[s][keyHead * size + i];
          scores.push(cap ? cap * Math.tanh((scale * score) / cap) : scale * score);
        }
        report.softmax(scores).forEach((weight, s) => {
          for (let i = 0; i < width; i++) out[head * width + i] += weight * memory.values[first + s][keyHead * width + i];
        });
      }
    },
  };
})();

report.softmax = (logits) => {
  const largest = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const weights = Array.from(logits, (x) => Math.exp(x - largest));
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((x) => x / sum);
};
