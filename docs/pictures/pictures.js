/* Puts a picture that answers to the hand in the place of each still one.

A page has <figure class="picture" data-picture="NAME"> with the still image in it. The module
NAME.js builds the live picture; if it cannot be loaded, the still image stays. */

for (const figure of document.querySelectorAll("figure[data-picture]")) {
  const { default: build } = await import(`./${figure.dataset.picture}.js`);
  const still = figure.querySelector("img");
  const live = build(figure.dataset);
  live.setAttribute("role", "group");
  live.setAttribute("aria-label", still.alt);
  still.replaceWith(live);
}
