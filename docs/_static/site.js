// What is wider than the page scrolls in its own box: a keyboard must be able to get there.
const boxes = "pre, mjx-container[display=true], .output";

function reachWhatScrolls() {
  for (const box of document.querySelectorAll(boxes)) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
  }
}

addEventListener("load", () => {
  reachWhatScrolls();
  window.MathJax?.startup?.promise?.then(reachWhatScrolls);
});
addEventListener("resize", reachWhatScrolls);
addEventListener("toggle", reachWhatScrolls, true);  // a step that is unfolded
