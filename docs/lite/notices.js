// What JupyterLite leaves out: it says what a browser cannot do, each in one line, and lets the
// address name the notebook that is open, so that a reload opens it again.

const LINES = {
  workers:
    "This browser window has no service workers, so Python cannot see your other notebooks: answers " +
    "of earlier chapters cannot be fetched, and progress is not kept. What you write is kept. " +
    "An ordinary window of a current browser has them; a private one often has not.",
  memory:
    "This browser gives a page little memory, and a training may end in an error. " +
    "Close other tabs, or use another device.",
  stop:
    "Stop cannot reach Python in a browser. Restart Kernel ends a run that takes too long: what you " +
    "have written stays, and a training goes on from what it has saved.",
  starting: "Python is starting in this page. The first time takes about a quarter of a minute.",
};
const MEGABYTES = 512;

/** JupyterLab, as soon as it is up. */
async function started() {
  while (!window.jupyterapp) await new Promise((done) => setTimeout(done, 50));
  await window.jupyterapp.restored;
  return window.jupyterapp;
}

async function hasServiceWorkers() {
  if (!("serviceWorker" in navigator)) return false;
  // JupyterLite registers one while it starts; in some private windows that fails.
  for (let tries = 0; tries < 40; tries += 1) {
    try {
      if (await navigator.serviceWorker.getRegistration()) return true;
    } catch {
      return false;
    }
    await new Promise((done) => setTimeout(done, 250));
  }
  return false;
}

function hasMemory() {
  if (navigator.deviceMemory && navigator.deviceMemory < 1) return false;
  try {
    return Boolean(new WebAssembly.Memory({ initial: MEGABYTES * 16 })); // pages of 64 kB
  } catch {
    return false;
  }
}

/** The line about the start, until the kernel of the open notebook is there. */
async function whileStarting(app) {
  const status = () => app.shell.currentWidget?.sessionContext?.kernelDisplayStatus;
  const ready = () => ["idle", "busy"].includes(status());
  for (let tries = 0; tries < 40 && !status(); tries += 1) {
    await new Promise((done) => setTimeout(done, 250));
  }
  if (!status() || ready()) return;
  const id = await say(app, LINES.starting, "in-progress");
  while (app.shell.currentWidget?.sessionContext && !ready()) {
    await new Promise((done) => setTimeout(done, 250));
  }
  await app.commands.execute("apputils:dismiss-notification", { id });
}

function keepAddress(app) {
  const path = app.shell.currentWidget?.context?.path;
  if (!path) return;
  const address = new URL(location.href);
  address.searchParams.set("path", path);
  history.replaceState(history.state, "", address);
}

function say(app, message, type = "warning", options = { autoClose: false }) {
  return app.commands.execute("apputils:notify", { message, type, options });
}

const app = await started();
app.commands.commandExecuted.connect((_, { id }) => {
  if (/(^|:)interrupt(-kernel)?$/.test(id)) say(app, LINES.stop, "info", { autoClose: 12000 });
});
app.shell.currentChanged.connect(() => keepAddress(app));
keepAddress(app);
if (!hasMemory()) say(app, LINES.memory);
hasServiceWorkers().then((has) => has || say(app, LINES.workers));
whileStarting(app);
