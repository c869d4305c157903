"use strict";

/* The page of an image: a cursor in all maps that reads values, the replay of scanpaths, and a link
   to what is seen. */
const status = document.getElementById("status");
const page = document.body.dataset;
const frames = [...document.querySelectorAll(".frame[data-map]")];
const view = new URLSearchParams(location.hash.slice(1));

for (const form of document.forms) form.addEventListener("submit", (event) => event.preventDefault());

function keep(name, value) {
  if (value === "" || value === null) view.delete(name);
  else view.set(name, value);
  const hash = view.size ? `#${view}` : "";
  history.replaceState(null, "", location.pathname + location.search + hash);
}

/* A link to another view of this image, opened where the image is already. */
addEventListener("hashchange", () => {
  if (location.hash.includes("=")) location.reload();
});

/* The values of all maps, read from a script beside the page when they are first asked for. */
let values = null;
let asked = false;

function askForValues() {
  if (asked || !page.values) return;
  asked = true;
  const script = document.createElement("script");
  script.src = page.values;
  document.head.append(script);
}

async function foveolaValues(content) {
  const packed = Uint8Array.from(atob(content.greys), (letter) => letter.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const greys = new Uint8Array(await new Response(stream).arrayBuffer());
  const size = content.width * content.height;
  values = { ...content, of: new Map() };
  content.maps.forEach((map, i) => {
    values.of.set(map.key, { ...map, greys: greys.subarray(i * size, (i + 1) * size) });
  });
  document.body.dataset.valuesRead = "yes";
  if (cursor) readAll();
}

function written(value, map) {
  const size = Math.abs(value);
  const digits = size >= 100 || size === 0 ? 0 : size >= 1 ? 2 : 3;
  const plain = size && (size < 0.001 || size >= 1e6);
  const text = plain ? value.toExponential(1) : value.toFixed(digits);
  const sign = map.signed && value > 0 ? "+" : "";
  return `${sign}${text.replace("-", "−")}${map.unit}`;
}

function valueAt(key, x, y) {
  const map = values?.of.get(key);
  if (!map) return "";
  const column = Math.min(values.width - 1, Math.floor(x * values.width));
  const row = Math.min(values.height - 1, Math.floor(y * values.height));
  const grey = map.greys[row * values.width + column];
  /* Grey 128 of a signed map is zero, but for the last bit. */
  if (map.signed && grey === 128) return written(0, map);
  const most = grey === 255 && !map.signed ? "≥ " : "";
  return most + written(map.low + (grey / 255) * (map.high - map.low), map);
}

/* The linked cursor. */
let cursor = null;
const crosses = frames.map((frame) => {
  const cross = document.createElement("span");
  cross.className = "cross";
  cross.hidden = true;
  cross.setAttribute("aria-hidden", "true");
  frame.append(cross);
  return cross;
});

function readAll() {
  const gains = document.body.classList.contains("gains");
  const texts = [];
  for (const reading of document.querySelectorAll("[data-reading]")) {
    const { reading: key, gain } = reading.dataset;
    let text = "";
    if (cursor && key === "photo") {
      const x = Math.floor(cursor.x * page.width);
      const y = Math.floor(cursor.y * page.height);
      text = `x ${x}, y ${y} px`;
    } else if (cursor) {
      text = valueAt((gains && gain) || key, cursor.x, cursor.y);
    }
    reading.textContent = text;
    if (text) texts.push(`${reading.parentElement.querySelector("strong, .name").textContent}: ${text}`);
  }
  return texts;
}

function moveTo(place) {
  cursor = place && { x: clamped(place.x), y: clamped(place.y) };
  crosses.forEach((cross) => {
    cross.hidden = !cursor;
    if (cursor) {
      cross.style.left = `${cursor.x * 100}%`;
      cross.style.top = `${cursor.y * 100}%`;
    }
  });
  if (cursor) askForValues();
  return readAll();
}

const clamped = (share) => Math.min(0.9999, Math.max(0, share));

function rememberPlace() {
  keep("x", cursor ? cursor.x.toFixed(4) : "");
  keep("y", cursor ? cursor.y.toFixed(4) : "");
}

for (const frame of frames) {
  frame.addEventListener("pointermove", (event) => {
    const box = frame.getBoundingClientRect();
    moveTo({ x: (event.clientX - box.left) / box.width, y: (event.clientY - box.top) / box.height });
  });
  frame.addEventListener("pointerleave", () => {
    if (!byKeys()) moveTo(null);
    else rememberPlace();
  });
  frame.addEventListener("click", rememberPlace);
}

const cursorButton = document.getElementById("cursor");
const byKeys = () => cursorButton?.getAttribute("aria-pressed") === "true";
let telling = 0;

function tell(texts) {
  clearTimeout(telling);
  telling = setTimeout(() => (status.textContent = texts.join("; ")), 400);
}

function useKeys(on) {
  cursorButton.setAttribute("aria-pressed", String(on));
  tell(moveTo(on ? cursor ?? { x: 0.5, y: 0.5 } : null));
  rememberPlace();
}

cursorButton?.addEventListener("click", () => useKeys(!byKeys()));

const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/* Before the keys that step from image to image. */
document.addEventListener(
  "keydown",
  (event) => {
    if (!byKeys() || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.target.matches("select, input[type=range], input[type=text]")) return;
    if (event.key === "Escape") {
      useKeys(false);
      return;
    }
    const step = STEPS[event.key];
    if (!step) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const size = event.shiftKey ? 0.05 : 0.01;
    tell(moveTo({ x: cursor.x + step[0] * size, y: cursor.y + step[1] * size }));
    rememberPlace();
  },
  true,
);

/* Scanpaths: all observers or one, up to a time. */
const drawing = document.getElementById("fixations");
const observer = document.getElementById("observer");
const time = document.getElementById("time");
const play = document.getElementById("play");
const now = document.getElementById("now");

function showScanpath() {
  const at = Number(time.value);
  const whole = at >= Number(time.max);
  const chosen = observer.value;
  drawing.classList.toggle("one", chosen !== "");
  for (const text of drawing.querySelectorAll("text")) text.remove();
  let seen = 0;
  drawing.querySelectorAll(".observer").forEach((group, i) => {
    const own = chosen === "" || String(i) === chosen;
    group.classList.toggle("chosen", chosen !== "" && own);
    const shown = [];
    for (const circle of group.querySelectorAll("circle")) {
      const start = Number(circle.dataset.t);
      const begun = whole || start <= at;
      circle.classList.toggle("later", !begun);
      circle.classList.toggle("current", !whole && begun && at < start + Number(circle.dataset.d));
      if (begun) shown.push(circle);
    }
    if (own) seen += shown.length;
    const way = shown.map((c) => `${c.cx.baseVal.value} ${c.cy.baseVal.value}`).join("L");
    group.querySelector(".way").setAttribute("d", shown.length ? `M${way}` : "");
    if (chosen !== "" && own) number(group, shown, drawing.viewBox.baseVal);
  });
  const when = time.dataset.inSeconds ? `${at.toFixed(2)} s` : `fixation ${at}`;
  now.textContent = whole ? `whole: ${seen} fixations` : `${when}: ${seen} so far`;
  time.setAttribute("aria-valuetext", now.textContent);
}

function number(group, circles, box) {
  const size = Math.max(box.width, box.height) / 45;
  circles.forEach((circle, i) => {
    const text = document.createElementNS("http://www.w3.org/2000/svg", "text");
    const y = circle.cy.baseVal.value;
    const away = circle.r.baseVal.value + size * 0.25;
    text.setAttribute("x", circle.cx.baseVal.value);
    text.setAttribute("y", y > 2 * size ? y - away : y + away + size * 0.7);
    text.setAttribute("font-size", size);
    text.textContent = i + 1;
    group.append(text);
  });
}

let playing = 0;

function stop() {
  cancelAnimationFrame(playing);
  playing = 0;
  play.setAttribute("aria-pressed", "false");
  play.querySelector(".play-word").textContent = "Play";
}

function start() {
  if (Number(time.value) >= Number(time.max)) time.value = 0;
  /* In real time; where no times are known, three fixations a second. */
  const speed = time.dataset.inSeconds ? 1 : 3;
  const from = Number(time.value);
  const began = performance.now();
  play.setAttribute("aria-pressed", "true");
  play.querySelector(".play-word").textContent = "Pause";
  const frame = (stamp) => {
    time.value = from + Math.max(0, ((stamp - began) / 1000) * speed);
    showScanpath();
    if (Number(time.value) >= Number(time.max)) stop();
    else playing = requestAnimationFrame(frame);
  };
  playing = requestAnimationFrame(frame);
}

if (observer) {
  observer.addEventListener("change", () => {
    keep("observer", observer.value);
    showScanpath();
  });
  time.addEventListener("input", () => {
    stop();
    keep("time", Number(time.value) < Number(time.max) ? time.value : "");
    showScanpath();
  });
  play.addEventListener("click", () => (playing ? stop() : start()));
  if (observer.options[Number(view.get("observer")) + 1] && view.has("observer")) {
    observer.value = view.get("observer");
  }
  if (view.has("time")) time.value = view.get("time");
  showScanpath();
}

/* A link to what is seen. */
const share = document.getElementById("share");
const link = document.getElementById("link");
share?.addEventListener("click", async () => {
  link.hidden = false;
  link.value = location.href;
  link.select();
  let done = "The link is selected: press Ctrl+C.";
  try {
    await navigator.clipboard.writeText(location.href);
    done = "The link is copied.";
  } catch {
    /* not allowed here: the link stays selected */
  }
  status.textContent = done;
});

keys.c = cursorButton;
keys.p = play;
keys.l = share;
keys.g = toggle("show-gain", "gains", true);
if (keys.g) {
  if (view.has("gain")) {
    keys.g.checked = view.get("gain") === "1";
    keys.g.dispatchEvent(new Event("change"));
  }
  keys.g.addEventListener("change", () => {
    keep("gain", keys.g.checked ? "1" : "");
    readAll();
  });
}
if (view.has("x") && view.has("y") && cursorButton) {
  cursor = { x: clamped(Number(view.get("x")) || 0), y: clamped(Number(view.get("y")) || 0) };
  useKeys(true);
}
