// The points of each chapter, and the next exercise: from what checks have noted in this browser.
//
// A check in JupyterLite writes its points into a small file beside the notebooks, and JupyterLite
// keeps files in a database of the browser. Here it is only read.

const FILE = ".backprop-progress.json";
const HERE = new URL(".", document.baseURI).pathname;

const titleOf = (chapter) => chapter.replaceAll("_", " ");
const rounded = (points) => String(Math.round(100 * points) / 100);

function asked(request) {
  return new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
}

/** The database in which JupyterLite keeps the files of this site, or null if there is none yet. */
async function openFiles() {
  const name = `JupyterLite Storage - ${HERE}`;
  // Opened without looking first, a database would be made, and stand in JupyterLite's way.
  const there = await indexedDB.databases();
  if (!there.some((database) => database.name === name)) return null;
  const database = await asked(indexedDB.open(name));
  return database.objectStoreNames.contains("files") ? database : null;
}

/** Points by exercise, as the last check of each found them. */
async function pointsSoFar() {
  const database = await openFiles();
  if (!database) return {};
  const file = await asked(database.transaction("files").objectStore("files").get(FILE));
  database.close();
  const content = file?.content ?? {};
  if (typeof content !== "string") return content;
  return JSON.parse(file.format === "base64" ? atob(content) : content);
}

function rowOf(chapter, exercises, earned) {
  const names = Object.keys(exercises);
  const got = (name) => Math.min(Number(earned[name]) || 0, exercises[name]);
  const sum = (values) => values.reduce((a, b) => a + b, 0);
  return {
    chapter,
    points: sum(names.map(got)),
    most: sum(Object.values(exercises)),
    green: names.filter((name) => got(name) >= exercises[name]).length,
    count: names.length,
    next: names.find((name) => got(name) < exercises[name]),
    begun: names.some((name) => name in earned),
  };
}

function element(name, attributes = {}, ...children) {
  const made = Object.assign(document.createElement(name), attributes);
  made.append(...children);
  return made;
}

const linkTo = (chapter, text) =>
  element("a", { href: `lab/index.html?path=${chapter}.ipynb` }, text);

function tableOf(rows) {
  const head = element("tr");
  for (const [title, kind] of [["Chapter"], ["Points"], ["", "bar"], ["Exercises"], ["Next"]]) {
    const cell = element("th", { scope: "col", className: kind ?? "" }, title);
    if (!title) cell.ariaHidden = "true";
    head.append(cell);
  }
  const body = element("tbody");
  for (const row of rows) {
    const bar = element("progress", { max: row.most, value: row.points });
    bar.ariaLabel = `${titleOf(row.chapter)}: ${rounded(row.points)} of ${row.most} points`;
    body.append(element("tr", {},
      element("td", {}, linkTo(row.chapter, titleOf(row.chapter))),
      element("td", { className: "number" }, `${rounded(row.points)} of ${row.most}`),
      element("td", { className: "bar" }, bar),
      element("td", { className: "number" }, `${row.green} of ${row.count}`),
      element("td", {}, row.next ? element("code", {}, row.next) : "done"),
    ));
  }
  return element("table", {}, element("thead", {}, head), body);
}

function sayNext(rows) {
  // Where somebody works now comes before what was left out earlier.
  const open = rows.filter((row) => row.next);
  const at = open.findLast((row) => row.begun) ?? open[0];
  if (!at) return ["All exercises are done."];
  if (!rows.some((row) => row.begun)) {
    return ["Nothing is checked yet in this browser. Begin with ", linkTo(at.chapter, titleOf(at.chapter)), "."];
  }
  return ["Next: ", element("code", {}, at.next), " in ", linkTo(at.chapter, titleOf(at.chapter)), "."];
}

const line = document.querySelector("#next");
try {
  const chapters = await (await fetch("exercises.json")).json();
  const earned = await pointsSoFar();
  const rows = Object.entries(chapters).map(([name, exercises]) => rowOf(name, exercises, earned));
  line.replaceChildren(...sayNext(rows));
  document.querySelector("#table").replaceChildren(tableOf(rows));
} catch {
  line.textContent = "This browser does not say what it has kept. In a chapter, progress() does.";
}
