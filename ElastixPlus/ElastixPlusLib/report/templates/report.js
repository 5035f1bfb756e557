"use strict";
// Fade and flicker. Without this script the two pictures lie beside each other, as they do on paper.
const FLICKER_MS = 500;

function setUp(figure) {
  const over = figure.querySelector("img.over");
  const slider = figure.querySelector("input");
  const button = figure.querySelector("button");
  let timer = 0;
  const show = (percent) => {
    over.style.opacity = String(percent / 100);
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    button.setAttribute("aria-pressed", "false");
  };
  slider.addEventListener("input", () => {
    stop();
    show(Number(slider.value));
  });
  button.addEventListener("click", () => {
    if (timer) {
      stop();
      show(Number(slider.value));
      return;
    }
    let shown = true;
    show(100);
    button.setAttribute("aria-pressed", "true");
    timer = setInterval(() => {
      shown = !shown;
      show(shown ? 100 : 0);
    }, FLICKER_MS);
  });
  show(Number(slider.value));
}

document.documentElement.classList.add("live");
document.querySelectorAll(".compare").forEach(setUp);
addEventListener("beforeprint", () => {
  document.querySelectorAll("details").forEach((details) => {
    details.open = true;
  });
});
