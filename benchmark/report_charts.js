"use strict";

/* Charts are drawn by plotly.js from the JSON beside them, in the colours of the style sheet. */
const COLOUR_KEYS = new Set(["color", "bgcolor", "fillcolor", "arrowcolor", "gridcolor"]);

function coloured(value, style, key) {
  if (Array.isArray(value)) return value.map((one) => coloured(one, style, key));
  if (value && typeof value === "object") {
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, coloured(one, style, name)]),
    );
  }
  if (COLOUR_KEYS.has(key) && typeof value === "string" && value.startsWith("--")) {
    return style.getPropertyValue(value).trim();
  }
  return value;
}

function draw(box) {
  const style = getComputedStyle(document.documentElement);
  const figure = coloured(JSON.parse(box.dataset.figure), style, "");
  const ink = style.getPropertyValue("--ink").trim();
  const muted = style.getPropertyValue("--muted").trim();
  const line = style.getPropertyValue("--line").trim();
  const axes = { gridcolor: line, zerolinecolor: line, linecolor: line, tickcolor: line };
  const layout = {
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: getComputedStyle(document.body).fontFamily, size: 13, color: ink },
    margin: { l: 56, r: 16, t: 8, b: 48 },
    height: 300,
    bargap: 0.08,
    hoverlabel: { font: { size: 13 } },
    dragmode: matchMedia("(hover: hover)").matches ? "zoom" : false,
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", xanchor: "left" },
    ...figure.layout,
  };
  for (const name of Object.keys(layout).concat("xaxis", "yaxis")) {
    if (/^[xy]axis\d*$/.test(name)) {
      layout[name] = { ...axes, tickfont: { color: muted }, ...layout[name] };
    }
  }
  for (const name of Object.keys(layout).filter((one) => /^[xy]axis/.test(one))) {
    if (layout[name].title) layout[name].title.font = { size: 13, color: muted };
  }
  if (layout.meta?.aspect) {
    const legend = figure.layout.showlegend ? 36 : 0;
    layout.height = Math.min(box.clientWidth * layout.meta.aspect, 320) + legend;
    layout.margin = { ...layout.margin, t: layout.margin.t + legend };
  }
  if (box.clientWidth < 520) {
    layout.margin = { ...layout.margin, l: Math.min(layout.margin.l ?? 56, 48), r: 8 };
  }
  const options = { displayModeBar: false, responsive: true, showTips: false };
  return Plotly.react(box, figure.data, layout, options);
}

const boxes = [...document.querySelectorAll("[data-figure]")];

/* plotly.js is large: the page is read, and used, while it is loaded. */
const library = document.createElement("script");
library.src = new URL("plotly.min.js", document.currentScript.src);
library.addEventListener("load", async () => {
  for (const box of boxes) {
    await draw(box);
    await new Promise((next) => setTimeout(next));
  }
  document.documentElement.dataset.charts = String(boxes.length);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => boxes.forEach(draw));
});
addEventListener("load", () => document.head.append(library));
