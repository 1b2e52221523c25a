"use strict";
// Charts, confirmations and early words only: every page works without this file.
(() => {
  const draw = (root) => {
    if (!window.echarts) return;
    for (const box of root.querySelectorAll("[data-chart]:not([data-drawn])")) {
      box.dataset.drawn = "yes";
      const chart = window.echarts.init(box, null, { renderer: "svg" });
      chart.setOption(JSON.parse(box.dataset.chart));
      new ResizeObserver(() => chart.resize()).observe(box);
    }
  };
  document.addEventListener("submit", (event) => {
    const question = event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    const { limit, tooLarge } = event.target.dataset;
    if (!limit) return;
    const isTooLarge = [...event.target.files].some((file) => file.size >= Number(limit));
    event.target.setCustomValidity(isTooLarge ? tooLarge : "");
    event.target.reportValidity();
  });
  document.addEventListener("DOMContentLoaded", () => draw(document));
  document.addEventListener("htmx:afterSwap", (event) => draw(event.target.parentElement || document));
})();
