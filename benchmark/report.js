"use strict";

/* Sorting: a press on a column sorts it best first, a second press the other way round. */
function sortTable(head, descending) {
  const table = head.closest("table");
  const body = table.tBodies[0];
  const column = head.cellIndex;
  const key = (row) =>
    column === 0 ? row.dataset.key : Number.parseFloat(row.cells[column].dataset.value);
  const compare = (a, b) => {
    const first = key(a);
    const second = key(b);
    if (column === 0) return first.localeCompare(second) * (descending ? -1 : 1);
    if (Number.isNaN(first) || Number.isNaN(second)) return Number.isNaN(first) - Number.isNaN(second);
    return descending ? second - first : first - second;
  };
  body.append(...[...body.rows].sort(compare));
  for (const other of head.parentElement.cells) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const order = descending ? "descending" : "ascending";
  const bestFirst = order === head.dataset.bestFirst;
  if (column > 0) rank(body, column, bestFirst);
  const best = bestFirst && column > 0 ? ", best first" : "";
  document.getElementById("status").textContent = `Sorted by ${head.dataset.name}, ${order}${best}.`;
}

/* Ranks count the competing models that have a score; 1 is always the best. */
function rank(body, column, bestFirst) {
  const rivals = [...body.querySelectorAll("tr.model")];
  const scored = rivals.filter((row) => !Number.isNaN(Number.parseFloat(row.cells[column].dataset.value)));
  for (const row of rivals) row.querySelector(".rank").textContent = "";
  scored.forEach((row, i) => {
    row.querySelector(".rank").textContent = bestFirst ? i + 1 : scored.length - i;
  });
}

for (const head of document.querySelectorAll("table.sortable thead th")) {
  head.querySelector("button").addEventListener("click", () => {
    const sorted = head.getAttribute("aria-sort");
    const descending = sorted ? sorted === "ascending" : head.dataset.bestFirst === "descending";
    sortTable(head, descending);
  });
}

const find = document.getElementById("find");
if (find) {
  const filter = () => {
    const wanted = find.value.trim().toLocaleLowerCase();
    let shown = 0;
    for (const item of document.getElementById("gallery").children) {
      item.hidden = !item.dataset.key.toLocaleLowerCase().includes(wanted);
      shown += !item.hidden;
    }
    document.getElementById("nothing-found").hidden = shown > 0;
    document.getElementById("status").textContent = `${shown} images`;
  };
  find.addEventListener("input", filter);
  filter();
}

const copy = document.getElementById("copy");
if (copy) {
  copy.addEventListener("click", async () => {
    const text = document.getElementById("methods-text");
    getSelection().selectAllChildren(text);
    let done = "Selected: press Ctrl+C";
    try {
      await navigator.clipboard.writeText(text.textContent);
      done = "Copied";
    } catch {
      /* not allowed here: the text stays selected */
    }
    copy.textContent = done;
    document.getElementById("status").textContent = done;
  });
}

/* What the reader chose to see is kept while stepping from image to image. */
function remember(name, value) {
  try {
    if (value === undefined) return sessionStorage.getItem(`foveola-${name}`);
    sessionStorage.setItem(`foveola-${name}`, value);
  } catch {
    /* storage is switched off: nothing is remembered */
  }
  return null;
}

function toggle(id, name, whenChecked) {
  const box = document.getElementById(id);
  if (!box) return null;
  const show = () => document.body.classList.toggle(name, box.checked === whenChecked);
  const kept = remember(id);
  if (kept !== null) box.checked = kept === "true";
  show();
  box.addEventListener("change", () => {
    remember(id, String(box.checked));
    show();
  });
  return box;
}

const keys = {
  f: toggle("show-fixations", "no-fixations", false),
  o: toggle("over-photo", "over", true),
  ArrowLeft: document.getElementById("previous"),
  ArrowRight: document.getElementById("next"),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const target = event.target;
  if (target.matches("input[type=search], input[type=text], select, textarea")) return;
  if (target.matches("input[type=range]") && event.key.startsWith("Arrow")) return;
  if (target.matches(".scroll") && target.scrollWidth > target.clientWidth) return;
  const control = keys[event.key];
  if (!control || control.disabled) return;
  event.preventDefault();
  control.click();
});
